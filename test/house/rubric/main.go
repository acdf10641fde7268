// Command rubric measures the source tree and prints a table: sizes of
// functions, files and types, documentation, tests, and words.
//
//	go run ./test/house/rubric
//
// It runs at the top of the source tree. Most figures come from parsing the Go
// files without their tests; nothing is compiled.
package main

import (
	"fmt"
	"os"
)

// row is one line of the table.
type row struct{ point, figure string }

func main() {
	t, err := read("cmd", "pkg", "test", "packaging", "man")
	if err != nil {
		fmt.Fprintln(os.Stderr, "rubric:", err)
		os.Exit(1)
	}
	var rows []row
	for _, measure := range []func(*tree) []row{protocol, functions, files, types, docs, tests, globals, prose} {
		rows = append(rows, measure(t)...)
	}
	fmt.Println("| point | figure |\n|---|---|")
	for _, r := range rows {
		fmt.Printf("| %s | %s |\n", r.point, r.figure)
	}
}
