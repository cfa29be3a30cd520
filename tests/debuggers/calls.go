// A method that no compiler inlines, because it calls itself.
package main

import "fmt"

type square struct{ side int }

//go:noinline
func (s *square) area(depth int) int {
	if depth == 0 {
		return s.side * s.side
	}
	below := s.area(depth - 1)
	return below*s.side + s.area(depth-1)
}

func main() {
	s := square{3}
	fmt.Println(s.area(3))
}
