// Command generate writes the files that depend on declarations in the program: the
// parameters in tpops.toml(5), the events, fields and metrics in tpops-events(7), in English and
// Japanese, and the message catalogs of systemd.
//
//	go run ./man/generate
//
// Run it at the top of the source tree. In manual pages it replaces the text between two
// comments. It overwrites the catalogs.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// part is a generated part of a page.
type part struct {
	page  string // below the directory of a language
	name  string // in the comments before and after it
	write func(*writer)
}

var parts = []part{
	{"tpops.toml.5", "parameters", writeParameters},
	{"tpops-events.7", "events", writeEvents},
	{"tpops-events.7", "fields", writeFields},
	{"tpops-events.7", "metrics", writeMetrics},
}

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the catalogs and the generated parts of all pages below root, the top
// of the source tree. It does not write files that are current.
func generate(root string) error {
	for _, l := range languages {
		if err := update(filepath.Join(root, l.catalog), func(string) (string, error) { return catalog(l), nil }); err != nil {
			return err
		}
		for _, p := range parts {
			name := filepath.Join(root, "man", l.folder, p.page)
			if err := update(name, func(page string) (string, error) { return p.fill(page, l) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// update replaces the text of a file with the result of change.
func update(name string, change func(before string) (string, error)) error {
	before, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	after, err := change(string(before))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if after == string(before) {
		return nil
	}
	return os.WriteFile(name, []byte(after), 0o644)
}
