package house

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tpops/pkg/config"
)

// programText returns all Go code of cmd and pkg, without tests and pkg/config.
func programText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, root := range []string{"../../cmd", "../../pkg"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && name == "../../pkg/config":
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(name)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// unread returns the fields of the configuration that text does not read.
func unread(text string) []string {
	// Fields that other packages read through a method of Config.
	readByMethod := map[string]string{"TLS.PlaintextLogin": "MayLogInClear"}
	var names []string
	for _, topic := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		if !topic.IsExported() || topic.Type.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(topic.Type) {
			name := topic.Name + "." + f.Name
			use := regexp.QuoteMeta(cmp.Or(readByMethod[name], name))
			if !regexp.MustCompile(`\.` + use + `\b`).MatchString(text) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Each parameter is used: the program reads its field outside pkg/config.
func TestHouseConfigFieldsAreRead(t *testing.T) {
	text := programText(t)
	for _, name := range unread(text) {
		t.Errorf("the field %s is not read outside pkg/config", name)
	}
	if got := unread(strings.ReplaceAll(text, ".TLS.MinVersion", "")); len(got) == 0 {
		t.Error("the test does not find an unused field")
	}
}
