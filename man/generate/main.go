// Command generate writes those parts of the manual pages that follow from the
// program: the parameters in tpops.toml(5), and the events and fields of the
// log in tpops-events(7).
//
//	go run ./man/generate
//
// It is run at the top of the source tree and changes the pages in place,
// between two comments that say so. The same pages are there in Japanese; what
// they need for it is in the tables named japanese.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// part is a piece of a page that is written by this program.
type part struct {
	page  string // below the folder of a language
	name  string // in the comments around it
	write func(*writer)
}

var parts = []part{
	{"tpops.toml.5", "parameters", writeParameters},
	{"tpops-events.7", "events", writeEvents},
	{"tpops-events.7", "fields", writeFields},
}

func main() {
	if err := generate("man"); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the parts of all pages in dir. A page that is as it should
// be is not touched.
func generate(dir string) error {
	for _, l := range languages {
		for _, p := range parts {
			name := filepath.Join(dir, l.folder, p.page)
			before, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			after, err := p.fill(string(before), l)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if after == string(before) {
				continue
			}
			if err := os.WriteFile(name, []byte(after), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
