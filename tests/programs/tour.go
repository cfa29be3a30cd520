// The tour in Go: a garbage collector, goroutines, maps and reflection on top of preview1.
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

type point struct {
	X, Y float64
	Tags []string `json:"tags,omitempty"`
}

func environment() {
	fmt.Printf("arguments: %q\n", os.Args[1:])
	fmt.Printf("greeting: %q\n", os.Getenv("GREETING"))
}

func input() {
	counts := map[string]int{}
	words := bufio.NewScanner(os.Stdin)
	words.Split(bufio.ScanWords)
	for words.Scan() {
		counts[strings.ToLower(words.Text())]++
	}
	fmt.Println("words:", counts)
}

func files() error {
	text, err := os.ReadFile("/w/in.txt")
	if err != nil {
		return err
	}
	fmt.Printf("in.txt: %q\n", text)
	if err := os.MkdirAll("/w/deep/er", 0o755); err != nil {
		return err
	}
	for i := range 40 {
		name := fmt.Sprintf("/w/deep/%02d.txt", i)
		if err := os.WriteFile(name, []byte(strings.Repeat(name, i)), 0o644); err != nil {
			return err
		}
	}
	if err := os.Rename("/w/deep/07.txt", "/w/deep/er/seven"); err != nil {
		return err
	}
	var total int64
	err = fs.WalkDir(os.DirFS("/w"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			info, _ := entry.Info()
			total += info.Size()
		}
		return err
	})
	fmt.Println("bytes:", total, err)
	if err := os.RemoveAll("/w/deep/er"); err != nil {
		return err
	}
	_, err = os.Stat("/w/none")
	fmt.Println("missing:", errors.Is(err, fs.ErrNotExist))
	return nil
}

func goroutines() {
	results := make(chan int)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			time.Sleep(time.Duration(worker) * time.Millisecond)
			results <- worker * worker
		})
	}
	go func() { group.Wait(); close(results) }()
	sum := 0
	for square := range results {
		sum += square
	}
	select {
	case <-time.After(10 * time.Millisecond):
		fmt.Println("sum of squares:", sum)
	}
}

func numbers() {
	encoded, _ := json.Marshal(map[string]any{"p": point{0.1 + 0.2, math.Pi, []string{"a"}}})
	fmt.Printf("%s\n%v %g %.10e\n", encoded, math.Inf(-1), math.MaxFloat64, math.Gamma(5.5))
	values := make([]uint64, 5000)
	for i, x := 0, uint64(1); i < len(values); i++ {
		x = x*6364136223846793005 + 1442695040888963407
		values[i] = x
	}
	sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
	digest := sha256.Sum256(fmt.Append(nil, values))
	fmt.Printf("%x\n", digest)
	var trash [][]byte
	for i := range 2000 {
		trash = append(trash, make([]byte, 10_000))
		if i%50 == 0 {
			trash = nil
		}
	}
	var a, b [16]byte
	rand.Read(a[:])
	rand.Read(b[:])
	fmt.Println("random:", a != b, len(trash))
}

func main() {
	defer func() {
		fmt.Println("recovered:", recover())
		fmt.Fprintln(os.Stderr, "leaving with 5")
		os.Exit(5)
	}()
	environment()
	input()
	if err := files(); err != nil {
		fmt.Println(err)
	}
	goroutines()
	numbers()
	var none *point
	fmt.Println(none.X)
}
