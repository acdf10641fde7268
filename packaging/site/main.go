// Command site draws the screens in packaging/site/screens, and makes a static page of
// README.md:
//
//	go run ./packaging/site            draws the screens
//	go run ./packaging/site DIRECTORY  writes the page
//
// The page has the words and figures of README.md, so that both state the same.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
)

//go:embed page.html
var sources embed.FS

// screen is a recording.
type screen struct {
	name    string // of the file, without its ending
	command string // what was typed
	columns int    // of the terminal
}

// screens returns the recordings.
func screens() []screen {
	return []screen{{"top", "tpopsctl top", 100}, {"journal", "journalctl -u tpops", 112}}
}

// pageSections are the headings of README.md that the page has, in their order.
func pageSections() []string {
	return []string{"Compared with Dovecot and Courier", "What it does not do", "Try it", "Install it"}
}

func main() {
	err := drawScreens(filepath.Join("packaging", "site", "screens"))
	if len(os.Args) > 1 && err == nil {
		err = writePage(os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

// drawScreens draws each recording in dir.
func drawScreens(dir string) error {
	for _, s := range screens() {
		recording, err := os.ReadFile(filepath.Join(dir, s.name+".txt"))
		if err != nil {
			return err
		}
		drawing := drawScreen(s.command, play(string(recording), s.columns))
		if err := os.WriteFile(filepath.Join(dir, s.name+".svg"), []byte(drawing), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writePage writes all files of the page into dir. The current directory is the top of
// the repository.
func writePage(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	page, err := makePage(string(readme))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), page, 0o644); err != nil {
		return err
	}
	files := []string{"style.css"}
	for _, s := range screens() {
		files = append(files, "screens/"+s.name+".svg")
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("packaging", "site", file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// part is a section of the page.
type part struct {
	ID, Heading string
	Body        template.HTML
}

// makePage returns the page for the text of README.md.
func makePage(readme string) ([]byte, error) {
	var page struct {
		Intro template.HTML
		Parts []part
	}
	texts := sections(readme)
	page.Intro = toHTML(texts[""])
	for i, heading := range pageSections() {
		text, found := texts[heading]
		if !found {
			return nil, fmt.Errorf("README.md has no section %q", heading)
		}
		page.Parts = append(page.Parts, part{fmt.Sprintf("part%d", i+1), heading, toHTML(text)})
	}
	form, err := template.ParseFS(sources, "page.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = form.Execute(&b, page)
	return b.Bytes(), err
}
