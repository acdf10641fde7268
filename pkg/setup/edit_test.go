package setup

import (
	"strings"
	"testing"

	"tpops/pkg/config"
)

// Values are changed where they are. Everything else stays.
func TestEdit(t *testing.T) {
	tests := []struct {
		name, text string
		changes    settings
		want       string
	}{
		{"empty", "", settings{"auth-type": "passwd", "max-servers": "10"}, newFile + "max-servers = 10\nauth-type = \"passwd\"\n"},
		{"unchanged", "# mine\nmax-servers = 1_000 # all\n", settings{"max-servers": "1000"}, "# mine\nmax-servers = 1_000 # all\n"},
		{"replaced", "# mine\nmax-servers   = 5\n[mysql]\ndb = \"x\"\n", settings{"max-servers": "10"}, "# mine\nmax-servers   = 10\n[mysql]\ndb = \"x\"\n"},
		{"in a table", "[mysql]\n  db = \"x\"\n  user = 'a'\n", settings{"mysql-db": "mail"}, "[mysql]\n  db = \"mail\"\n  user = 'a'\n"},
		{"before a table", "debug = true\n\n[mysql]\ndb = \"x\"\n", settings{"auth-type": "mysql"}, "debug = true\n\nauth-type = \"mysql\"\n[mysql]\ndb = \"x\"\n"},
		{"at the sample", "# Help.\n#max-servers = 4\n\n# More.\n#debug = false\n", settings{"max-servers": "10"}, "# Help.\n#max-servers = 4\nmax-servers = 10\n\n# More.\n#debug = false\n"},
		{"no end of line", "debug = true", settings{"max-servers": "10"}, "debug = true\nmax-servers = 10\n"},
		{"removed", "debug = true\nmail-roots = [\n \"/a\", # one\n \"/b\",\n]\nfg = true\n", settings{"mail-roots": ""}, "debug = true\n#mail-roots = [\n# \"/a\", # one\n# \"/b\",\n#]\nfg = true\n"},
		{"a list", "mail-roots = [\n \"/a\",\n]\nfg = true\n", settings{"mail-roots": "/a,/b"}, "mail-roots = \"/a,/b\"\nfg = true\n"},
		{"a secret", "debug = true\nmysql-passwd = \"s3cret\"\n", settings{"mysql-passwd": ""}, "debug = true\n"},
		{"a secret in a table", "[mysql]\npasswd = \"s3cret\"\ndb = \"a\"\n", settings{"mysql-passwd": ""}, "[mysql]\ndb = \"a\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := edit(test.text, test.changes)
			if err != nil || got != test.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, test.want)
			}
			if again, err := edit(got, test.changes); err != nil || again != got {
				t.Errorf("a second time: %v\n%s", err, again)
			}
		})
	}
}

// A form that setup cannot change is an error, not a wrong file. Errors show no secret.
func TestEditRefuses(t *testing.T) {
	for _, text := range []string{
		"mysql = {db = \"x\", passwd = \"s3cret\"}\n",
		"mysql = {\n passwd = \"s3cret\", db = \"x\"}\n",
		"x = \"s3cret\n",
		"mysql-db = \"\"\"\n" + strings.Repeat("s3cret\n", maxValueLines+10) + "\"\"\"\n",
		"mysql-db = \"x\"\n\x00",
	} {
		got, err := edit(text, settings{"mysql-db": "mail"})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v, %q", text, err, got)
		}
	}
}

// FuzzEdit holds that an edited file has the new values and all the others.
func FuzzEdit(f *testing.F) {
	f.Add("max-servers = 5\n[mysql]\ndb = \"x\"\n", "mail")
	f.Add("#mysql-db = \"none\"\nmail-roots = [\"/a\",\n\"/b\"]", "a\"b")
	f.Add("[[x]]\nmysql-db = 1\n[mysql]\ndb.x = 2", "")
	f.Fuzz(func(t *testing.T, text, db string) {
		before, err := readSettings(text)
		if err != nil {
			return
		}
		after, err := edit(text, settings{"mysql-db": db, "max-servers": "7"})
		if err != nil {
			return
		}
		got, err := readSettings(after)
		if err != nil || got["mysql-db"] != db || got["max-servers"] != "7" {
			t.Fatalf("%q: %v, %v", after, err, got)
		}
		for name, value := range before {
			if name != "mysql-db" && name != "max-servers" && got[name] != value {
				t.Fatalf("%q: %s was %q, is %q", after, name, value, got[name])
			}
		}
	})
}

// All parameters of the sample file can be set at their place.
func TestEditSample(t *testing.T) {
	var sample strings.Builder
	if err := config.WriteSample(&sample); err != nil {
		t.Fatal(err)
	}
	got, err := edit(sample.String(), settings{"auth-type": "mysql", "mysql-server": "/run/s", "mail-roots": "/var/vmail"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"+mail-roots = \"/var/vmail\"", "+auth-type = \"mysql\"", "+mysql-server = \"/run/s\""}
	diff := Diff(sample.String(), got)
	if len(diff) != len(want) {
		t.Errorf("%q", diff)
	}
	for _, line := range want {
		if !strings.Contains(strings.Join(diff, "\n"), line) {
			t.Errorf("%q is missing in %q", line, diff)
		}
		name, _, _ := strings.Cut(line[1:], " ")
		if _, after, _ := strings.Cut(got, "\n#"+name+" = "); !strings.HasPrefix(strings.SplitAfterN(after, "\n", 2)[1], name) {
			t.Errorf("%s is not at its place", name)
		}
	}
}

func TestDiff(t *testing.T) {
	long := strings.Repeat("a\n", maxDiff+1)
	for _, test := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a\n", "a\n", ""},
		{"", "a\nb\n", "+a +b"},
		{"a\nb\n", "", "-a -b"},
		{"a\nb\nc\n", "a\nc\n", "-b"},
		{"a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", "-b +x +y"},
		{"a\na\n", "a\na\na\n", "+a"},
	} {
		if got := strings.Join(Diff(test.before, test.after), " "); got != test.want {
			t.Errorf("%q to %q: %q, want %q", test.before, test.after, got, test.want)
		}
	}
	if got := Diff(long+"b\n", "c\n"+long); len(got) != 2*(maxDiff+2) {
		t.Errorf("%d lines of a long file", len(got))
	}
}
