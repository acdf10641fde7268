package house

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestHouseReadmePackages holds that README's table lists each package of pkg, and
// nothing else of pkg.
func TestHouseReadmePackages(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, found := range regexp.MustCompile(`(?m)^\| .*$`).FindAllString(string(text), -1) {
		for _, name := range regexp.MustCompile("`pkg/([a-z0-9]+)`").FindAllStringSubmatch(found, -1) {
			listed = append(listed, name[1])
		}
	}
	entries, err := os.ReadDir("../../pkg")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(listed, e.Name()) {
			t.Errorf("README.md does not list pkg/%s", e.Name())
		}
		listed = slices.DeleteFunc(listed, func(name string) bool { return name == e.Name() })
	}
	if len(listed) > 0 {
		t.Errorf("README.md lists %v, which are not in pkg", listed)
	}
}
