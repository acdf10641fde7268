package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// build writes the page into a folder, and returns it with the text of README.md.
func build(t *testing.T) (dir, readme string) {
	t.Helper()
	t.Chdir("../..")
	dir = t.TempDir()
	if err := writePage(dir); err != nil {
		t.Fatal(err)
	}
	return dir, read(t, "README.md")
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// element is an element of a page, with the text inside it.
type element struct {
	name, text string
	attributes map[string]string
}

// parse returns the elements of a text, which must be well-formed.
func parse(t *testing.T, text string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	var all, open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

// TestPageFigures holds that each cell of README's comparison is in the page, in this order.
func TestPageFigures(t *testing.T) {
	dir, readme := build(t)
	var shown []string
	for _, e := range parse(t, read(t, filepath.Join(dir, "index.html"))) {
		if e.name == "td" || e.name == "th" {
			shown = append(shown, e.text)
		}
	}
	var want []string
	_, table, _ := strings.Cut(readme, "## Compared with Dovecot and Courier")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|-") {
			want = append(want, cells(strings.NewReplacer("`", "", "*", "").Replace(strings.TrimSpace(line)))...)
		}
	}
	if len(want) < 12 || strings.Join(shown, "|") != strings.Join(want, "|") {
		t.Errorf("the page has\n%q\nand README.md has\n%q", shown, want)
	}
}

// TestPageCode holds that each block of code in README's sections is one in the page, also
// where it is the first of its section.
func TestPageCode(t *testing.T) {
	dir, readme := build(t)
	var shown, want []string
	for _, e := range parse(t, read(t, filepath.Join(dir, "index.html"))) {
		if e.name == "pre" {
			shown = append(shown, e.text)
		}
	}
	for _, heading := range pageSections() {
		_, text, _ := strings.Cut(readme, "\n## "+heading+"\n")
		text, _, _ = strings.Cut(text, "\n## ")
		for block := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
			if code, isCode := strings.CutPrefix(strings.Trim(block, "\n"), "    "); isCode {
				want = append(want, strings.ReplaceAll(code, "\n    ", "\n"))
			}
		}
	}
	if len(want) < 5 || !slices.Equal(shown, want) {
		t.Errorf("the page has %q, and README.md has %q", shown, want)
	}
}

// TestPageLinks holds that the page refers to its own files and places alone, and that
// README.md refers to files that exist.
func TestPageLinks(t *testing.T) {
	dir, readme := build(t)
	elements := parse(t, read(t, filepath.Join(dir, "index.html")))
	ids := map[string]int{}
	for _, e := range elements {
		ids[e.attributes["id"]]++
	}
	for _, e := range elements {
		for _, target := range []string{e.attributes["href"], e.attributes["src"]} {
			checkTarget(t, dir, target, ids)
		}
		if e.name == "img" && e.attributes["alt"] == "" {
			t.Errorf("%v has no alt", e.attributes)
		}
	}
	for _, found := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(found[1]); err != nil {
			t.Errorf("README.md: %v", err)
		}
	}
}

// checkTarget checks what an attribute refers to.
func checkTarget(t *testing.T, dir, target string, ids map[string]int) {
	t.Helper()
	id, inPage := strings.CutPrefix(target, "#")
	switch {
	case target == "" || target == "data:,":
	case inPage && ids[id] != 1:
		t.Errorf("%d elements have the id %q", ids[id], id)
	case !inPage:
		if _, err := os.Stat(filepath.Join(dir, target)); err != nil {
			t.Errorf("index.html: %v", err)
		}
	}
}

// TestPageAlone holds that no file of the page loads anything from elsewhere.
func TestPageAlone(t *testing.T) {
	dir, _ := build(t)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		text := strings.ReplaceAll(read(t, filepath.Join(dir, e.Name())), `xmlns="http://www.w3.org/2000/svg"`, "")
		if found := regexp.MustCompile(`https?:|//[a-z]|url\(|@import|<script`).FindString(text); found != "" {
			t.Errorf("%s has %q", e.Name(), found)
		}
	}
}

// TestScreensDrawn holds that the images are those of the recordings, and well-formed.
func TestScreensDrawn(t *testing.T) {
	t.Chdir("screens")
	want := map[string]string{"top": "(?s)sessions: [1-9].*USER +CLIENT.*192[.]0[.]2", "journal": "(?s)tpops.*: login .*login failed"}
	for _, s := range screens() {
		image := read(t, s.name+".svg")
		if drawn := drawScreen(s.command, play(read(t, s.name+".txt"), s.columns)); drawn != image {
			t.Errorf("%s.svg is not of %s.txt: run go run ./packaging/site", s.name, s.name)
		}
		if text := parse(t, image)[0].text; !regexp.MustCompile(want[s.name]).MatchString(text) {
			t.Errorf("%s.svg does not show %s: %s", s.name, want[s.name], text)
		}
	}
}

// TestPlay checks what a terminal obeys.
func TestPlay(t *testing.T) {
	rows := play("gone\x1b[?1049h\x1b[H\x1b[2J\x1b[1mAB\x1b[2;3H\x1b[0;7mC\x1b[m漢xy\r\x1b(B \x1b[<u\x1b[2J\x1b[?1049lgone", 4)
	want := [][]cell{
		{{'A', true, false}, {'B', true, false}},
		{{' ', false, false}, {' ', false, false}, {'C', false, true}, {'漢', false, false}},
		{{' ', false, false}, {'y', false, false}},
	}
	if !slices.EqualFunc(rows, want, slices.Equal[[]cell]) {
		t.Errorf("%v instead of %v", rows, want)
	}
}
