// Prints the SHA-256 digest of standard input.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

func main() {
	digest := sha256.New()
	if _, err := io.Copy(digest, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%x\n", digest.Sum(nil))
}
