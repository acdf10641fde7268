package main

import (
	"os"
	"strings"
	"testing"

	"tpops/pkg/maildir"
)

func TestSetAside(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	makeMaildir(t, "ann/Maildir", "1.a", "2.b", "3.c")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/ann\n")
	writeTest(t, "ann/Maildir/tpops_uidl", "2.b\tU2\n")
	for _, step := range []step{
		{"help", "", "set-aside --help", 0, setAsideHelp, ""},
		{"help of set-back", "", "set-back --help", 0, setBackHelp, ""},
		{"no user", "", "set-aside", exitUsage, "", "name the mailbox"},
		{"no UIDL", "", "set-aside ann", exitUsage, "", "name the message"},
		{"too many", "", "set-back ann U2 U3", exitUsage, "", `unexpected "U3"`},
		{"list and UIDL", "", "set-aside --list ann U2", exitUsage, "", `unexpected "U2"`},
		{"no configuration", "", "set-aside -f none.toml ann U2", exitData, "", "none.toml"},
		{"unknown UIDL", "", "set-aside -f c.toml ann 2.b", exitPart, "", `UIDL "2.b"`},
		{"none yet", "", "set-aside -f c.toml --list ann", 0, "no messages are set aside\n", ""},
		{"nothing to set back", "", "set-back -f c.toml ann", exitPart, "", "no such message is set aside"},
		{"set aside", "", "set-aside -f c.toml ann U2", 0, "U2: set aside, 2.b\n", ""},
		{"again", "", "set-aside -f c.toml ann U2", exitPart, "", `UIDL "U2"`},
		{"listed", "", "set-aside -f c.toml --list ann", 0, " U2 ", ""},
		{"listed as JSON", "", "set-aside -f c.toml --list --json ann", 0, `"uidl":"U2"`, ""},
		{"another", "", "set-back -f c.toml ann U3", exitPart, "", "no such message is set aside"},
		{"set back", "", "set-back -f c.toml --maildir ann/Maildir U2", 0, "U2: set back, 2.b\n", ""},
	} {
		t.Run(step.name, step.run)
	}
	m, err := maildir.Open(t.Context(), nil, dir+"/ann/Maildir", maildir.Options{UIDLConvert: true, Lock: true})
	if err != nil || m.Listing().Len() != 3 || m.Listing().Message(2).UIDL != "U2" {
		t.Fatal(err)
	}
	defer m.Close()
	code, _, stderr := call("", "set-aside", "-f", "c.toml", "ann", "U2")
	if code != exitTemporary || !strings.Contains(stderr, "tpopsctl kick") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
