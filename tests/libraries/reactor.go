// A reactor in Go: what reactor_host.c and reactor_host.rs ask of it.
package main

import (
	"fmt"
	"os"
	"strings"
	"unicode"
	"unsafe"
)

var (
	calls int32
	kept  [][]byte
)

func bytes(text unsafe.Pointer, len int32) []byte {
	return unsafe.Slice((*byte)(text), len)
}

//go:wasmexport allocate
func allocate(len int32) unsafe.Pointer {
	memory := make([]byte, len)
	kept = append(kept, memory)
	return unsafe.Pointer(unsafe.SliceData(memory))
}

//go:wasmexport count
func count() int32 {
	calls++
	return calls
}

//go:wasmexport shout
func shout(text unsafe.Pointer, len int32) int32 {
	var letters int32
	for _, letter := range string(bytes(text, len)) {
		if unicode.IsLetter(letter) {
			letters++
		}
	}
	copy(bytes(text, len), strings.ToUpper(string(bytes(text, len))))
	return letters
}

//go:wasmexport file_size
func fileSize(name unsafe.Pointer, len int32) int64 {
	info, err := os.Stat(string(bytes(name, len)))
	if err != nil {
		return -1
	}
	return info.Size()
}

//go:wasmexport variable_length
func variableLength(name unsafe.Pointer, length int32) int32 {
	value, found := os.LookupEnv(string(bytes(name, length)))
	if !found {
		return -1
	}
	return int32(len(value))
}

//go:wasmexport say
func say(text unsafe.Pointer, len int32) {
	fmt.Println(string(bytes(text, len)))
}

//go:wasmexport half
func half(number float64) float64 {
	return number / 2
}

//go:wasmexport quit
func quit(code int32) {
	os.Exit(int(code))
}

func main() {}
