package draft

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func finish(t *testing.T, d *Draft) *Result {
	t.Helper()
	r, err := d.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDraft(t *testing.T) {
	d := New("some\nserver")
	d.Default(Place{"b", 7}, "same")
	d.Set(Place{"a", 9}, "lock", "maildir-lock", "no")
	d.SetWith(Place{"a", 2}, "listen", "port", "1110", ToKnow, "remark")
	d.Lost(Place{"a", 3}, "x\x1b[0m", ToDo, "reason; %s", "do this")
	d.Lost(Place{"a", 5}, "z", Done, "no %s", "matter")
	d.Lost(Place{"a", 6}, "q", ToKnow, "it is so")
	d.Refuse(Place{"a", 4}, "y", "another reason")
	d.Set(Place{File: "a"}, "db", "mysql-passwd", "s3cret")
	d.Set(Place{File: "a"}, "tls", "tls-port", "995")
	d.Unset("tls-port", "no certificate")
	d.Set(Place{File: "a"}, "gone", "tls-min-version", "1.3")
	d.Remove("tls-min-version")
	d.Put("auth-type", "mysql")
	d.Put("mysql-db", "mail")
	d.Other("z")
	d.Other("w")
	d.Other("z")
	r := finish(t, d)
	const wantNotes = `To do:
a:2: listen: kept as port = 1110, as a comment; with the packages, write it as ListenStream= to a drop-in of tpops.socket; remark
a:3: x [0m: not possible: reason; do this
a:4: y: not possible, but needed: another reason
To know:
a:6: q: not possible: it is so
a: tls (default): not possible: no certificate
Nothing to do:
b:7: same: equal to the default
a:5: z: not possible: no matter; nothing to do
a:9: lock: kept as maildir-lock = false
a: db (default): kept as mysql-passwd (a secret)
`
	if diff := cmp.Diff(wantNotes, Report(r.Notes)); diff != "" {
		t.Error(diff)
	}
	const wantTOML = "# Made by tpopsctl import-config from some server.\n# With the packages tpops.socket opens the port. Without systemd remove the # before the next line.\n# port = 1110\nauth-type = \"mysql\"\nmysql-passwd = \"s3cret\"\nmysql-db = \"mail\"\nmaildir-lock = false\n"
	if diff := cmp.Diff(wantTOML, string(r.TOML)); diff != "" {
		t.Error(diff)
	}
	if r.Needed != 1 || !r.Secret || r.Others != "w, z" || r.Stop != "" {
		t.Errorf("%+v", r)
	}
}

// What the server would reject holds the file back, at the place it is from.
func TestProblem(t *testing.T) {
	d := New("x")
	d.Set(Place{"a", 3}, "ports", "port", "many")
	d.Set(Place{"a", 4}, "version", "tls-min-version", "1.3")
	d.Put("auth-type", "passwd-file")
	d.Stop("no users")
	r := finish(t, d)
	text := Report(r.Notes)
	for _, want := range []string{"a:3: ports: not possible, but needed: port: ", "a:4: version: not possible, but needed: tls-min-version", "passwd-file"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if r.Needed != 3 || r.Stop != "no users" {
		t.Errorf("%d needed, stop %q\n%s", r.Needed, r.Stop, text)
	}
}
