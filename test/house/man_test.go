package house

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manPages returns the pages of a language by file name.
func manPages(t *testing.T, folder string) map[string]manPage {
	t.Helper()
	files, err := filepath.Glob("../../" + folder + "/*.[1-9]")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no pages, %v", folder, err)
	}
	pages := map[string]manPage{}
	for _, file := range files {
		pages[filepath.Base(file)] = parseManPage(readFile(t, file))
	}
	return pages
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// comparePages returns the differences of two translations of one page.
func comparePages(english, japanese manPage) []string {
	var found []string
	for i := range max(len(english.sections), len(japanese.sections)) {
		if i >= len(english.sections) || i >= len(japanese.sections) ||
			english.sections[i].level != japanese.sections[i].level {
			return append(found, fmt.Sprintf("section %d: %s in English, %s in Japanese",
				i+1, heading(english, i), heading(japanese, i)))
		}
		e, j := english.sections[i], japanese.sections[i]
		for _, difference := range compareSections(e, j) {
			found = append(found, fmt.Sprintf("%s (%s): %s", e.title, j.title, difference))
		}
	}
	return found
}

// heading returns the nth section of a page as it is in the source.
func heading(p manPage, n int) string {
	if n >= len(p.sections) {
		return "none"
	}
	return "." + p.sections[n].level + " " + p.sections[n].title
}

func compareSections(english, japanese manSection) []string {
	var found []string
	names := maps.Clone(english.names)
	for name, n := range japanese.names {
		names[name] -= n
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] != 0 {
			found = append(found, fmt.Sprintf("%q: %d times in English, %d in Japanese",
				name, english.names[name], japanese.names[name]))
		}
	}
	// In SYNOPSIS only the English heading lets mandoc break the lines.
	if english.title != "SYNOPSIS" && !slices.Equal(english.lists, japanese.lists) {
		found = append(found, fmt.Sprintf("lists and paragraphs: %s in English, %s in Japanese", english.lists, japanese.lists))
	}
	if !slices.Equal(english.lines, japanese.lines) {
		found = append(found, fmt.Sprintf("examples: %q in English, %q in Japanese", english.lines, japanese.lines))
	}
	return found
}

// TestHouseManualPages holds that each page of the manual has its translation,
// with the same sections, the same names of parameters, options, files and
// pages in each, and the same examples.
func TestHouseManualPages(t *testing.T) {
	english, japanese := manPages(t, "man"), manPages(t, "man/ja")
	for name := range japanese {
		if _, ok := english[name]; !ok {
			t.Errorf("man/ja/%s has no English page", name)
		}
	}
	for name, page := range english {
		other, ok := japanese[name]
		if !ok {
			t.Errorf("man/%s has no Japanese page", name)
			continue
		}
		for _, difference := range comparePages(page, other) {
			t.Errorf("%s: %s", name, difference)
		}
	}
}

// TestHouseManualPagesAreFound holds that each page has the name of its file,
// is installed, and is named in tpops(8), and that no page refers to a page or
// a section that is missing.
func TestHouseManualPagesAreFound(t *testing.T) {
	for _, folder := range []string{"man", "man/ja"} {
		pages := manPages(t, folder)
		for file, page := range pages {
			name, section := strings.TrimSuffix(file, filepath.Ext(file)), filepath.Ext(file)[1:]
			if page.name != name || page.title != strings.ToUpper(name)+" "+section {
				t.Errorf("%s/%s: the page calls itself %s and %s", folder, file, page.name, page.title)
			}
			for _, problem := range missingTargets(page, pages) {
				t.Errorf("%s/%s: %s", folder, file, problem)
			}
			if !installed(t, section) {
				t.Errorf("%s/%s: Makefile and packaging/build.sh do not install section %s", folder, file, section)
			}
			reference := name + "(" + section + ")"
			if n := references(pages["tpops.8"], reference); n < 2 && file != "tpops.8" {
				t.Errorf("%s/tpops.8 names %s %d times, not in the list of pages and in SEE ALSO", folder, reference, n)
			}
		}
	}
}

// installed reports whether pages of a section are installed: by the Makefile
// and by the packages, which take all files with the endings in a pattern.
func installed(t *testing.T, section string) bool {
	_, sections, _ := strings.Cut(readFile(t, "../../Makefile"), "for section in ")
	sections, _, _ = strings.Cut(sections, ";")
	_, endings, _ := strings.Cut(readFile(t, "../../packaging/build.sh"), "find man -type f -name '*.[")
	endings, _, _ = strings.Cut(endings, "]")
	return slices.Contains(strings.Fields(sections), section) && strings.Contains(endings, section)
}

// references returns how many sections of a page refer to another one.
func references(p manPage, page string) int {
	n := 0
	for _, s := range p.sections {
		if slices.Contains(s.refs, page) {
			n++
		}
	}
	return n
}

// missingTargets returns the pages of ours and the sections that a page refers
// to and that are missing. A section may be one of another page.
func missingTargets(p manPage, pages map[string]manPage) []string {
	titles := map[string]bool{}
	for _, other := range pages {
		for _, s := range other.sections {
			titles[s.title] = true
		}
	}
	var found []string
	for _, s := range p.sections {
		for _, link := range s.links {
			if !titles[link] {
				found = append(found, "there is no section "+link)
			}
		}
		for _, ref := range s.refs {
			name, section, _ := strings.Cut(strings.TrimSuffix(ref, ")"), "(")
			if _, ok := pages[name+"."+section]; !ok && strings.HasPrefix(name, "tpops") {
				found = append(found, "there is no page "+ref)
			}
		}
	}
	return found
}

func TestHouseManualPagesRules(t *testing.T) {
	const page = ".Dt X 8\n.Sh NAME\n.Nm x\n.Sh FILES\nSee\n.Xr y 5 ,\n.Pq Cm tls\\-cert .\n.Pp\n" +
		".Bd -literal\na = 1   # one\n.Ed\n.Ss More\n.Sx FILES .\n"
	tests := []struct{ name, old, new, want string }{
		{"the same", "", "", ""},
		{"translated", ".Pq Cm tls\\-cert .", ".Pf ( Cm tls\\-cert Ns )。", ""},
		{"comment", "# one", "# ichi", ""},
		{"title", "More", "Mehr", ""},
		{"level", ".Ss More", ".Sh More", "section 3: .Ss More in English, .Sh More in Japanese"},
		{"section missing", ".Ss More\n", "", "section 3: .Ss More in English, none in Japanese"},
		{"parameter", "tls\\-cert", "tls\\-key", `FILES (FILES): "Cm tls-cert": 1 times in English, 0 in Japanese`},
		{"page", ".Xr y 5", ".Xr y 7", `FILES (FILES): "Xr y(5)": 1 times in English, 0 in Japanese`},
		{"paragraph", ".Pp\n", "", "FILES (FILES): lists and paragraphs: [Pp Bd Ed] in English, [Bd Ed] in Japanese"},
		{"example", "a = 1", "a = 2", `FILES (FILES): examples: ["a = 1"] in English, ["a = 2"] in Japanese`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			other := parseManPage(strings.Replace(page, tt.old, tt.new, 1))
			got := comparePages(parseManPage(page), other)
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) == 0 || got[0] != tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	if got := missingTargets(parseManPage(page), map[string]manPage{"x.8": parseManPage(page)}); len(got) > 0 {
		t.Errorf("%q", got)
	}
	broken := parseManPage(".Sh A\n.Sx B .\n.Xr tpops-c 7 .\n")
	if got := missingTargets(broken, map[string]manPage{"a.8": broken}); !slices.Equal(got,
		[]string{"there is no section B", "there is no page tpops-c(7)"}) {
		t.Errorf("%q", got)
	}
}
