package config

import (
	"slices"
	"strings"
	"testing"
)

// withDeprecated returns the rows of c. Some are deprecated.
func withDeprecated(c *Config, deprecated map[string]Deprecation) []Param {
	rows := c.table()
	for i, p := range rows {
		rows[i].Deprecated = deprecated[p.Name]
	}
	return rows
}

func TestDeprecated(t *testing.T) {
	deprecated := map[string]Deprecation{
		"user":         {"1.2.0", "group"},
		"mysql-passwd": {"2.0.0", ""},
		"access-log":   {"1.3.0", ""},
	}
	const (
		user = "deprecated since 1.2.0, a later version removes it: use group"
		gone = "deprecated since 2.0.0, a later version removes it: remove it"
	)
	for _, test := range []struct{ name, file, args, want string }{
		{"not set", "hostname = 'x.example'", "", ""},
		{"in the file", "user = '1'", "", "user DIR/t.toml:1:8: user: " + user},
		{"its default", "access-log = 'none'", "", "access-log DIR/t.toml:1:14: access-log: deprecated since 1.3.0, a later version removes it: remove it"},
		{"in a table", mysqlFile + "[mysql]\npasswd = 'x'", "", "mysql-passwd DIR/t.toml:5:10: mysql-passwd: " + gone},
		{"an option", "", "-u 1", "user -u: " + user},
		{"an option overrides the file", "user = '1'", "--user=2", "user --user: " + user},
		{"a secret in a file of its own", mysqlFile + "mysql-passwd-file='DIR/stored'", "", "mysql-passwd DIR/t.toml:4:19: mysql-passwd: " + gone},
		{"two", mysqlFile + "mysql-passwd = 'x'\nuser='1'", "", "user DIR/t.toml:5:6: user: " + user + "\nmysql-passwd DIR/t.toml:4:16: mysql-passwd: " + gone},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir+"/stored", "s3cret")
			c, text, err := loadIn(t, dir, strings.ReplaceAll(test.file, "DIR", dir), strings.Fields(test.args)...)
			if err != nil {
				t.Fatal(text)
			}
			decoded, err := Decode(c.Encode())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []*Config{c, decoded} {
				var lines []string
				for name, problem := range c.deprecated(withDeprecated(c, deprecated)) {
					lines = append(lines, name+" "+problem.Error())
				}
				if got := strings.ReplaceAll(strings.Join(lines, "\n"), dir, "DIR"); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
			}
		})
	}
}

// Nothing is deprecated: then no set parameter has a warning.
func TestDeprecatedNow(t *testing.T) {
	c, text, err := loadIn(t, t.TempDir(), "user = '1'\nhostname = 'x.example'")
	if err != nil {
		t.Fatal(text)
	}
	for name := range c.Deprecated() {
		t.Errorf("%s is deprecated", name)
	}
}

// The help, the sample and the manual name the version and the replacement.
func TestDeprecatedSentences(t *testing.T) {
	p := Param{Help: "A user.", Deprecated: Deprecation{"1.2.0", "group"}}
	if got, want := p.Sentences(), []string{"A user.", "Deprecated since 1.2.0.", "Replaced by group."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	p.Deprecated.Replacement = ""
	if got, want := p.Sentences(), []string{"A user.", "Deprecated since 1.2.0."}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
