package courierconf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/config/draft"
)

// list returns settings as sorted lines, and the notes.
func list(t *testing.T, d *draft.Draft, all settings) (lines []string, notes string) {
	t.Helper()
	for _, s := range all {
		lines = append(lines, s.at.String()+" "+s.name+"="+s.value)
	}
	slices.Sort(lines)
	r, err := d.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Notes {
		notes += n.String() + "\n"
	}
	return lines, notes
}

func TestParseShell(t *testing.T) {
	d := draft.New("x")
	all := parseShell(d, "in", "# x\nA=1\n export B='$A \"x\"' # y\nC=\"${A}2 $A\"'3'4\nD=$A.$A;\nTLS=\"$TLS_PROTOCOL\"\nA=5\nE=\n"+
		"f=`id`\nG=$(id)\nH='open\nI=a b\nJ=\\a\nK=$unset\nif true; then\n=\n")
	lines, notes := list(t, d, all)
	if diff := cmp.Diff([]string{"in:3 B=$A \"x\"", "in:4 C=12 134", "in:5 D=1.1", "in:6 TLS=", "in:7 A=5", "in:8 E="}, lines); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"in:9: f: ", "in:10: G: ", "in:11: H: ", "in:12: I: ", "in:13: J: ", "in:14: K: ", "in:15: not possible", "in:16: not possible"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%s is not in\n%s", want, notes)
		}
	}
}

// A value cannot grow without bound by variables.
func TestParseShellBound(t *testing.T) {
	d := draft.New("x")
	all := parseShell(d, "in", "A=xxxxxxxxxxxxxxxx\n"+strings.Repeat("A=$A$A$A$A\n", 100))
	if n := len(all["A"].value); n > maxValue {
		t.Errorf("%d octets", n)
	}
}

func TestParseFields(t *testing.T) {
	d := draft.New("x")
	all := parseFields(d, "in", "# x\nMYSQL_SERVER\t\tlocalhost\nMYSQL_OPT\nQ  a \\\n\tb   \\\n  c\nX=1\nLAST d\\")
	lines, notes := list(t, d, all)
	if diff := cmp.Diff([]string{"in:2 MYSQL_SERVER=localhost", "in:3 MYSQL_OPT=", "in:4 Q=a b c", "in:8 LAST=d"}, lines); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(notes, "in:7: not possible") {
		t.Error(notes)
	}
}

// TestSecrets checks that a line that cannot be read is reported without what may be a
// password.
func TestSecrets(t *testing.T) {
	for _, line := range []string{"MYSQL_PASSWORD=s3cret", `MYSQL_PASSWORD"s3cret"`, "MYSQL_PASSWORD='s3cret' x"} {
		d := draft.New("x")
		parseFields(d, "in", line+"\n")
		if notes := notes(t, d); strings.Contains(notes, "s3cret") || !strings.Contains(notes, "in:1: not possible, but needed: ") {
			t.Errorf("%q: %s", line, notes)
		}
	}
}

// TestUnknownVariable checks that a query with a variable that TPOPS does not have is not
// converted: no user would be found.
func TestUnknownVariable(t *testing.T) {
	d, err := Convert([]draft.Input{
		{Name: "pop3d"}, {Name: "authdaemonrc", Text: "authmodulelist=authmysql\n"},
		{Name: "authmysqlrc", Text: "MYSQL_DATABASE m\nMYSQL_USER_TABLE users\nMYSQL_WHERE_CLAUSE realm='$(authservice)'\n"},
	}, usable)
	if err != nil {
		t.Fatal(err)
	}
	if notes := notes(t, d); !strings.Contains(notes, "the query cannot be converted: TPOPS has only the variables") {
		t.Error(notes)
	}
}

// notes returns the report of a draft.
func notes(t *testing.T, d *draft.Draft) string {
	t.Helper()
	r, err := d.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range r.Notes {
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}

func TestConvertErrors(t *testing.T) {
	for _, test := range []struct {
		inputs []draft.Input
		want   string
	}{
		{[]draft.Input{{Name: "x/config"}}, "x/config: the name of the file must be pop3d"},
		{[]draft.Input{{Name: "x/pop3d"}}, "pop3d and authdaemonrc are required"},
	} {
		if _, err := Convert(test.inputs, usable); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%v: %v", test.inputs, err)
		}
	}
}

// FuzzConvert converts any texts: the server accepts every file that may be written.
func FuzzConvert(f *testing.F) {
	folders, err := filepath.Glob("testdata/*/pop3d")
	if err != nil || len(folders) == 0 {
		f.Fatal(err)
	}
	for _, name := range folders {
		var texts [4]string
		for i, file := range []string{popFile, tlsFile, authFile, mysqlFile} {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(name), file))
			if err != nil && !os.IsNotExist(err) {
				f.Fatal(err)
			}
			texts[i] = string(data)
		}
		f.Add(texts[0], texts[1], texts[2], texts[3])
	}
	f.Fuzz(func(t *testing.T, pop, tls, auth, mysql string) {
		made, err := Convert([]draft.Input{{Name: popFile, Text: pop}, {Name: tlsFile, Text: tls}, {Name: authFile, Text: auth}, {Name: mysqlFile, Text: mysql}}, usable)
		if err != nil {
			t.Fatal(err)
		}
		result, err := made.Finish("pop.example.org")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range result.Notes {
			if strings.ContainsAny(n.String(), "\n\r\x00\x1b") {
				t.Errorf("%q", n)
			}
		}
		if result.Stop != "" || result.Needed > 0 {
			return
		}
		if problems, err := draft.Problems(string(result.TOML), "pop.example.org"); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v\n%s", problems, err, result.TOML)
		}
	})
}
