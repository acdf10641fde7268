package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDoctor(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	writeTest(t, "pam.toml", "auth-type = \"pam\"\nmail-roots = \""+dir+"\"\n")
	writeTest(t, "bob.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/bob.users\"\n")
	writeTest(t, "bob.users", "bob:{PLAIN}x::::"+dir+"/bob\n")
	makeMaildir(t, "ann/Maildir", "1.a", "2.\x1b]0;owned\a")
	makeMaildir(t, "bob/Maildir", "1.a")
	writeTest(t, "ann/Maildir/new/3.c:2,S", "")
	writeTest(t, "ann/Maildir/tpops_uidl", "no form\n")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/ann\nbob:{PLAIN}x::::"+dir+"/bob\nnew:{PLAIN}x::::"+dir+"/new\n")
	if err := os.Mkdir("new", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, step := range []step{
		{"help", "", "doctor --help", 0, doctorHelp, ""},
		{"no mailbox", "", "doctor", exitUsage, "", "name the mailboxes"},
		{"two lists", "", "doctor --users ann", exitUsage, "", "name the mailboxes"},
		{"no jobs", "", "doctor --users --jobs 0", exitUsage, "", "--jobs"},
		{"empty list", "\n", "doctor -", exitNoInput, "", "no mailbox"},
		{"no configuration", "", "doctor -f none.toml ann", exitData, "", "none.toml"},
		{"a user", "", "doctor bob;x", exitNoInput, "", "bob;x: no such Maildir in this directory: for the mailbox of a user write --user 'bob;x'\n"},
		{"no Maildir", "", "doctor ./none", exitPart, "there is no Maildir", "1 of 1"},
		{"no user", "", "doctor -f c.toml --user nobody", exitPart, "nobody: failed: no such user", "1 of 1"},
		{"well", "", "doctor --deep bob/Maildir", 0, "bob/Maildir: no faults, 1 message\n", ""},
		{"by path", "", "doctor ann/Maildir", exitPart, "flags-in-new            1       0 new/3.c:2,S\n", "1 of 1 mailboxes need a look"},
		{"by user", "", "doctor -f c.toml --user ann", exitPart, "ann/Maildir: 2 faults, 1 note, 3 messages\n", "1 of 1"},
		{"all", "", "doctor -f c.toml --users", exitPart, "\nmailboxes: 1 ok, 1 no Maildir, 1 with faults or unreadable; faults: 2\n", "1 of 3"},
		{"all of one", "", "doctor -f bob.toml --users", 0, "mailboxes: 1 ok, 0 no Maildir, 0 with faults or unreadable; faults: 0\n", ""},
		{"all, not listed", "", "doctor -f pam.toml --users", exitPart, "\nmailboxes: 1 ok, 0 no Maildir, 1 with faults or unreadable; faults: 2\n", "1 of 2"},
	} {
		t.Run(step.name, step.run)
	}
	testDoctorText(t)
	testDoctorFix(t)
}

// testDoctorText checks that the table fits, and that no name has an effect on a terminal.
func testDoctorText(t *testing.T) {
	_, stdout, _ := call("", "doctor", "ann/Maildir")
	if !strings.Contains(stdout, `cur/2.\x1b]0;owned\a`) && !strings.Contains(stdout, `new/2.\x1b]0;owned\a`) {
		t.Error(stdout)
	}
	for line := range strings.Lines(stdout) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 100 && !strings.HasPrefix(line, "/") || visible(line, "") != line {
			t.Errorf("%q", line)
		}
	}
}

// testDoctorFix checks that a second repair finds nothing.
func testDoctorFix(t *testing.T) {
	for _, repaired := range []int{2, 0} {
		code, stdout, stderr := call("", "doctor", "--fix", "--json", "ann/Maildir")
		var report healthReport
		if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
			t.Fatal(code, err, stdout, stderr)
		}
		for _, f := range report.Findings {
			if repaired -= f.Repaired; f.Failed != "" || len(f.Examples) != f.Count || f.Effect == "" || f.Do == "" {
				t.Errorf("%+v", f)
			}
		}
		if repaired != 0 || report.Faults != 0 || report.Messages != 3 || strings.ContainsAny(stdout, "\x1b\a") {
			t.Error(stdout)
		}
	}
}
