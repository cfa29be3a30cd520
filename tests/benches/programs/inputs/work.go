// Maps, strings, JSON, hashes, sorting, goroutines and the collector, as often as told.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

type entry struct {
	Name  string            `json:"name"`
	Value float64           `json:"value"`
	Tags  []string          `json:"tags"`
	More  map[string]string `json:"more"`
}

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func words(seed uint32, count int) map[string]int {
	found := map[string]int{}
	for i := 0; i < count; i++ {
		seed = seed*1103515245 + 12345
		found["word"+strconv.Itoa(int(seed>>8%5000))]++
	}
	return found
}

func documents(count int) ([32]byte, error) {
	entries := make([]entry, count)
	for i := range entries {
		name := strings.Repeat(strconv.Itoa(i), 3)
		entries[i] = entry{name, float64(i) / 7, strings.Split(name, "1"), map[string]string{"n": name}}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return [32]byte{}, err
	}
	var back []entry
	if err := json.Unmarshal(text, &back); err != nil {
		return [32]byte{}, err
	}
	sort.Slice(back, func(i, j int) bool { return back[i].Name < back[j].Name })
	text, err = json.Marshal(back)
	return sha256.Sum256(text), err
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[1])
	for round := 0; round < rounds; round++ {
		sums := make(chan int)
		for part := 0; part < 4; part++ {
			go func() { sums <- len(words(uint32(round*4+part), 20000)) }()
		}
		total := 0
		for part := 0; part < 4; part++ {
			total += <-sums
		}
		hash, err := documents(2000)
		fmt.Printf("%d %d %x %v\n", total, grow(15).count(), hash[:8], err)
	}
}
