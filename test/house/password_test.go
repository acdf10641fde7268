package house

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	passwords "tpops/pkg/password"
)

// schemePages are the manual pages that list the schemes of stored passwords: in
// each language the first one that exists.
var schemePages = map[string][]string{
	"English":  {"../../man/tpops-users.7"},
	"Japanese": {"../../man/ja/tpops-users.7"},
}

// TestHousePasswordSchemes fails for a scheme of stored passwords without a test
// vector, or that a manual page does not list.
func TestHousePasswordSchemes(t *testing.T) {
	vectors := schemeVectors(t)
	for language, paths := range schemePages {
		path := paths[slices.IndexFunc(paths, exists)]
		words := strings.FieldsFunc(readText(t, path), func(r rune) bool { return strings.ContainsRune(" \n,、。\\%", r) })
		for _, scheme := range passwords.Schemes() {
			// The full stop ends an English sentence; a suffix follows it elsewhere.
			if !slices.Contains(words, scheme) && !slices.Contains(words, scheme+".") {
				t.Errorf("%s: the %s page does not list the scheme %s", path, language, scheme)
			}
		}
	}
	for _, scheme := range passwords.Schemes() {
		if !slices.Contains(vectors, scheme) {
			t.Errorf("pkg/password/vectors_test.go: no vector of the scheme %s", scheme)
		}
	}
}

// schemeVectors returns the schemes that have a vector made by another program.
func schemeVectors(t *testing.T) []string {
	t.Helper()
	text := readText(t, "../../pkg/password/vectors_test.go") + readText(t, "../../pkg/password/scram_test.go")
	var all []string
	for _, found := range regexp.MustCompile("[`\"]{([A-Za-z0-9-]+)[}.]").FindAllStringSubmatch(text, -1) {
		all = append(all, strings.ToUpper(found[1]))
	}
	return all
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
