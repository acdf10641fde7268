package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/backend"
	"tpops/pkg/maildir"
)

// serve logs in to a Maildir and out again, with a configuration.
func serve(t *testing.T, config, dir string) error {
	t.Helper()
	c, err := loadConfig(t.Context(), config, streams{err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	m, err := maildir.Open(t.Context(), nil, dir, backend.MaildirOptions(c.Config, nil, backend.Kept{}))
	if err != nil {
		return err
	}
	return m.Close()
}

func TestTripwireArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, "bad.toml", "port = \"x\"\n")
	writeTest(t, "mysql.toml", "auth-type = \"mysql\"\nmysql-db = \"x\"\nmysql-auth-query = \"select login,passwd,maildir from u where login='%s'\"\n")
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	makeMaildir(t, "ann/Maildir", "1.a", "2.b", "3.c")
	makeMaildir(t, "bob/Maildir", "1.a")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/ann\nbob:{PLAIN}x::::"+dir+"/bob\nnew:{PLAIN}x::::"+dir+"/new\nout:!::::"+dir+"/out\n")
	if err := os.Mkdir("new", 0o700); err != nil {
		t.Fatal(err)
	}
	writeTest(t, "ann/Maildir/tpops_uidl", "1.a\told-1\n2.b\told-2\n3.c\told-3\n")
	if err := serve(t, "c.toml", dir+"/ann/Maildir"); err != nil {
		t.Fatal(err)
	}
	steps := func(all ...step) {
		for _, step := range all {
			t.Run(step.name, step.run)
		}
	}
	steps(
		step{"help", "", "tripwire --help", 0, tripwireHelp, ""},
		step{"help of accept", "", "accept --help", 0, acceptHelp, ""},
		step{"no mailbox", "", "tripwire -f c.toml", exitUsage, "", "name the mailboxes"},
		step{"two lists", "", "tripwire -f c.toml --all ann", exitUsage, "", "name the mailboxes"},
		step{"no jobs", "", "tripwire -f c.toml --all --jobs 0", exitUsage, "", "--jobs"},
		step{"nothing to accept", "", "accept", exitUsage, "", "an operand is missing"},
		step{"empty list", "\n", "accept -f c.toml -", exitNoInput, "", "no mailbox"},
		step{"empty list of tripwire", "\n", "tripwire -f c.toml -", exitNoInput, "", "no mailbox"},
		step{"wrong configuration", "", "tripwire -f bad.toml --all", exitData, "", "bad.toml:1"},
		step{"no configuration", "", "accept -f none.toml ann", exitData, "", "none.toml"},
		step{"users of MySQL", "", "tripwire -f mysql.toml --all", exitData, "", "cannot list its users"},
		step{"all well", "", "tripwire -f c.toml --all", 0, "mailboxes: 2 ok, 1 no Maildir, 0 would be refused, 0 failed\n", "because they cannot log in: 1"},
		step{"logins", "bob\nnew\n", "tripwire -f c.toml --logins -", 0, "mailboxes: 1 ok, 1 no Maildir, 0 would be refused, 0 failed\n", ""},
		step{"a path that is wrong", "", "tripwire -f c.toml bob/Mialdir", exitPart, "bob/Mialdir: failed: there is no Maildir\nmailboxes: 0 ok, 0 no Maildir, 0 would be refused, 1 failed\n", "1 of 1"},
		step{"a wrong path of a list", "bob/Maildir\nbob/Mialdir\n", "tripwire -f c.toml -", exitPart, "mailboxes: 1 ok, 0 no Maildir, 0 would be refused, 1 failed\n", "1 of 2"},
		step{"no Maildir", "", "accept -f c.toml none", exitPart, "none: failed: ", "1 of 1 mailboxes were not accepted"},
	)
	if err := os.Remove("ann/Maildir/tpops_uidl"); err != nil {
		t.Fatal(err)
	}
	steps(
		step{"all", "", "tripwire -f c.toml --all", exitPart, "would be refused: 3 of 3 messages", "1 of 3 mailboxes need a look"},
		step{"by path", "ann/Maildir\nbob/Maildir\n", "tripwire -f c.toml -", exitPart, "mailboxes: 1 ok, 0 no Maildir, 1 would be refused, 0 failed\n", "1 of 2"},
	)
	if err := serve(t, "c.toml", dir+"/ann/Maildir"); err == nil {
		t.Error("a login is not refused")
	}
	steps(
		step{"accept", "", "accept -f c.toml ann/Maildir", 0, "ann/Maildir: accepted\n", ""},
		step{"accept again", "", "accept -f c.toml ann/Maildir bob/Maildir", 0, "bob/Maildir: accepted\n", ""},
		step{"after it", "", "tripwire -f c.toml ann/Maildir", 0, "mailboxes: 1 ok", ""},
	)
	if err := serve(t, "c.toml", dir+"/ann/Maildir"); err != nil {
		t.Error(err)
	}
}

// A mailbox that cannot be read is a failure, and does not end the others.
func TestTripwireFailure(t *testing.T) {
	dir := t.TempDir()
	writeTest(t, filepath.Join(dir, "c.toml"), "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	makeMaildir(t, filepath.Join(dir, "a"), "1.a")
	makeMaildir(t, filepath.Join(dir, "b"), "1.a")
	if err := os.Remove(filepath.Join(dir, "a", "cur")); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := call("", "tripwire", "-f", dir+"/c.toml", dir+"/a", dir+"/b")
	if code != exitPart || !strings.HasPrefix(stdout, dir+"/a: failed: ") || !strings.Contains(stdout, "mailboxes: 1 ok, 0 no Maildir, 0 would be refused, 1 failed\n") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}
