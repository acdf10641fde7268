// Command readme puts the figures of make bench into README.md, between two marks, and
// keeps the whole measurement:
//
//	readme BENCH.MD MEASURED.MD README.MD
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The marks in README.md.
const (
	begin = "<!-- figures: make bench-readme writes this -->\n"
	end   = "<!-- end of the figures -->\n"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: readme BENCH.MD MEASURED.MD README.MD")
		os.Exit(64)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "readme:", err)
		os.Exit(1)
	}
}

// run writes both files.
func run(bench, measured, readme string) error {
	result, err := os.ReadFile(bench)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	kept := keep(string(result))
	changed, err := replace(string(text), kept)
	if err != nil {
		return err
	}
	if err := os.WriteFile(measured, []byte(kept), 0o644); err != nil {
		return err
	}
	return os.WriteFile(readme, []byte(changed), 0o644)
}

// keep returns the measurement and its notes without the curves and plots, which are
// elsewhere.
func keep(result string) string {
	var kept []string
	for i, part := range strings.Split(result, "\n## ") {
		if i == 0 || isKept(part) {
			part = strings.ReplaceAll(part, "![bars](bench.svg)\n", "")
			kept = append(kept, strings.TrimSpace(part))
		} else if notes := strings.Index(part, "\n- "); notes >= 0 {
			kept = append(kept, "Notes\n\n"+strings.TrimSpace(part[notes:]))
		}
	}
	return strings.Join(kept, "\n\n## ") + "\n"
}

// isKept reports whether a section is kept as it is.
func isKept(section string) bool {
	heading, _, _ := strings.Cut(section, "\n")
	return heading == "Figures" || heading == "Limits" || heading == "Notes"
}

// replace returns README.md with the figures of a measurement between the marks.
func replace(readme, measured string) (string, error) {
	before, rest, found := strings.Cut(readme, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", errors.New("README.md has no marks for the figures")
	}
	block, err := comparison(measured)
	return before + begin + "\n" + block + "\n" + end + after, err
}
