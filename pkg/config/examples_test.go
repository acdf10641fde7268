package config

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// uncommented returns the text of each example in the sample file, as a user
// gets it by removing the first four characters.
func uncommented(t *testing.T) []string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	var all []string
	inside := false
	for line := range strings.Lines(b.String()) {
		text, ok := strings.CutPrefix(line, exampleIndent)
		if ok && !inside {
			all = append(all, "")
		}
		if inside = ok; ok {
			all[len(all)-1] += text
		}
	}
	return all
}

// Each configuration at the beginning of the sample is complete: Load accepts it,
// and it has the user database of its title.
func TestExamples(t *testing.T) {
	want := []string{"passwd", "passwd-file", "mysql"}
	all := uncommented(t)
	if len(all) != len(want) {
		t.Fatalf("%d examples", len(all))
	}
	for i, text := range all {
		t.Run(want[i], func(t *testing.T) {
			dir := t.TempDir()
			secret := filepath.Join(dir, "mysql-passwd")
			writeFile(t, secret, "secret\n")
			c, errors, err := loadIn(t, dir, strings.ReplaceAll(text, "/etc/tpops/mysql-passwd", secret))
			if err != nil {
				t.Fatalf("%s\n%s", text, errors)
			}
			if len(c.Users.AuthType) != 1 || c.Users.AuthType[0] != want[i] || len(c.TLS.Cert) != 1 || c.Warnings() != nil {
				t.Errorf("%v, certificates %v, warnings %v", c.Users.AuthType, c.TLS.Cert, c.Warnings())
			}
			if want[i] == "mysql" && (c.MySQL.Passwd != "secret" || c.MySQL.DB != "mail") {
				t.Errorf("%v", c.MySQL)
			}
		})
	}
}
