// Traps in methods and closures, by their number as the first argument. Go finds null pointers,
// divisions by zero and exhausted stacks itself and ends with its own trace; what traps got past it.
package main

import (
	"os"
	"strconv"
	"unsafe"
)

//go:wasmimport env absent
func absent(kind int32) int32

type shape interface{ area(scale uintptr) int }

type torn struct{}

//go:noinline
func (torn) area(scale uintptr) int { return *(*int)(unsafe.Pointer(scale)) }

//go:noinline
func measure(s shape, scale uintptr) int { return s.area(scale) + 1 }

//go:noinline
func through(code uintptr) int {
	closure := &code
	call := *(*func() int)(unsafe.Pointer(&closure))
	return call() + 1
}

//go:noinline
func store(address uintptr) int {
	*(*uint64)(unsafe.Pointer(address)) = 7
	return 0
}

//go:noinline
func fill(address uintptr) int {
	clear((*[100000]byte)(unsafe.Pointer(address))[:])
	return 0
}

func run(kind int) int {
	switch kind {
	case 0:
		return measure(torn{}, 0xfffffff0)
	case 1:
		return store(0x7ffffff8)
	case 2:
		return fill(0x70000000)
	case 3:
		return through(0xffff0000)
	default:
		return int(absent(int32(kind)))
	}
}

func main() {
	kind := 0
	if len(os.Args) > 1 {
		kind, _ = strconv.Atoi(os.Args[1])
	}
	os.Exit(run(kind))
}
