package packaging

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is a module that is linked into the programs.
type module struct{ Path, Dir string }

// linked returns the modules that are linked into the programs, for all architectures of
// the packages.
func linked(t *testing.T) []module {
	t.Helper()
	var modules []module
	for _, machine := range []string{"amd64", "arm64"} {
		list := exec.Command("go", "list", "-tags", "pam", "-deps", "-json=Module", "../cmd/...")
		list.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH="+machine)
		list.Stderr = t.Output()
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p struct{ Module *module }
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && p.Module.Path != "tpops" && !slices.Contains(modules, *p.Module) {
				modules = append(modules, *p.Module)
			}
		}
	}
	if len(modules) == 0 {
		t.Fatal("no modules")
	}
	return modules
}

// paragraph is one paragraph of the file copyright: field → value.
type paragraph map[string]string

func readCopyright(t *testing.T) []paragraph {
	t.Helper()
	text, err := os.ReadFile("copyright")
	if err != nil {
		t.Fatal(err)
	}
	var all []paragraph
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		p, field := paragraph{}, ""
		for line := range strings.SplitSeq(block, "\n") {
			if !strings.HasPrefix(line, " ") {
				var value string
				field, value, _ = strings.Cut(line, ":")
				p[field] = strings.TrimSpace(value)
				continue
			}
			p[field] += "\n" + strings.TrimPrefix(strings.TrimPrefix(line, " "), ".")
		}
		all = append(all, p)
	}
	return all
}

// The file copyright has the licence of each linked module, word for word. The
// exceptions are two licences that Debian has in /usr/share/common-licenses.
func TestCopyright(t *testing.T) {
	paragraphs := readCopyright(t)
	for _, m := range linked(t) {
		t.Run(m.Path, func(t *testing.T) {
			p := filesParagraph(paragraphs, m.Path)
			if p == nil {
				t.Fatalf("copyright has no paragraph with Files: %s/*", withoutMajor(m.Path))
			}
			given, own := words(licenceText(paragraphs, p["License"])), words(licenceFile(t, m.Dir))
			if given == "" {
				t.Fatalf("copyright has no text of the licence %s", p["License"])
			}
			title := map[string]string{"MPL-2.0": "mozilla public license version 2.0", "Apache-2.0": "apache license version 2.0"}[p["License"]]
			if title != "" {
				given = words(title)
			}
			if !strings.Contains(own, given) {
				t.Errorf("its licence file differs from the text for %s in copyright", p["License"])
			}
			checkHolders(t, p["Copyright"], m.Dir)
		})
	}
}

var major = regexp.MustCompile(`/v[0-9]+$`)

func withoutMajor(path string) string { return major.ReplaceAllString(path, "") }

func filesParagraph(all []paragraph, path string) paragraph {
	i := slices.IndexFunc(all, func(p paragraph) bool { return p["Files"] == withoutMajor(path)+"/*" })
	if i < 0 {
		return nil
	}
	return all[i]
}

// licenceText returns the text of the paragraph that declares a licence.
func licenceText(all []paragraph, name string) string {
	for _, p := range all {
		if first, text, _ := strings.Cut(p["License"], "\n"); p["Files"] == "" && first == name {
			return text
		}
	}
	return ""
}

func licenceFile(t *testing.T, dir string) string {
	t.Helper()
	for _, pattern := range []string{"LICENSE*", "License*", "COPYING*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) > 0 {
			text, err := os.ReadFile(names[0])
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatalf("%s: no licence file", dir)
	return ""
}

var (
	listMark = regexp.MustCompile(`(?m)^\s*[0-9]\.\s`)
	notWord  = regexp.MustCompile(`[^a-z0-9]+`)
)

// words returns the words of a text, without list marks, quotes and line ends.
func words(text string) string {
	text = listMark.ReplaceAllString(strings.ToLower(text), " ")
	return strings.TrimSpace(notWord.ReplaceAllString(text, " "))
}

// checkHolders looks for each copyright holder in the licence file and the source of the
// module.
func checkHolders(t *testing.T, holders, dir string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(holders), "\n") {
		_, holder, _ := strings.Cut(strings.TrimSpace(line), " ") // after the years
		if holder == "" {
			t.Errorf("copyright line %q has no holder", line)
		}
		if !mentions(t, dir, holder) {
			t.Errorf("%q was not found in the module", holder)
		}
	}
}

func mentions(t *testing.T, dir, holder string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || found {
			return err
		}
		text, err := os.ReadFile(path)
		found = err == nil && strings.Contains(string(text), holder)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Apache-2.0 requires that the notice of a module is included.
func TestNotices(t *testing.T) {
	paragraphs := readCopyright(t)
	for _, m := range linked(t) {
		notice, err := os.ReadFile(filepath.Join(m.Dir, "NOTICE"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := filesParagraph(paragraphs, m.Path); !strings.Contains(words(p["Comment"]), words(string(notice))) {
			t.Errorf("%s: its NOTICE is not in copyright", m.Path)
		}
	}
}
