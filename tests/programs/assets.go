// A program that shows the assets it is shipped with.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/template"
)

func main() {
	assets := os.DirFS(os.Args[1])
	err := fs.WalkDir(assets, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			fmt.Println(path, err)
			return err
		}
		contents, err := fs.ReadFile(assets, path)
		fmt.Printf("%s %d %x\n", path, len(contents), sha256.Sum256(contents))
		return err
	})
	if err != nil {
		panic(err)
	}
	page, err := template.ParseFS(assets, "pages/*.txt")
	if err != nil {
		panic(err)
	}
	if err := page.ExecuteTemplate(os.Stdout, "hello.txt", os.Args[2:]); err != nil {
		panic(err)
	}
	file, err := os.Open(os.Args[1] + "/large")
	if err != nil {
		panic(err)
	}
	part := make([]byte, 10)
	for _, offset := range []int64{-5, -70000, -200001} {
		position, seek := file.Seek(offset, io.SeekEnd)
		count, read := file.Read(part)
		fmt.Printf("%d %v %d %v %x\n", position, seek, count, read, part[:count])
	}
}
