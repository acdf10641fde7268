package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tpops/pkg/migrate"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"/srv/été/Maildir":        "/srv/été/Maildir",
		"a\x1b[2Jb\n\r\t\x00\x7f": `a\x1b[2Jb\n\r\t\x00\x7f`,
		"\u009b31m\u2028\u202ex":  `\u009b31m\u2028\u202ex`,
		"caf\xe9":                 `caf\xe9`,
		"\ufffd":                  `\ufffd`,
	} {
		if got := visible(text, ""); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := visible("a\nb\x1b", "\n"); got != "a\nb\\x1b" {
		t.Errorf("%q", got)
	}
}

// Names of Maildirs and of messages do not reach a terminal as they are, and make no
// lines of their own in the report.
func TestImportOddNames(t *testing.T) {
	t.Chdir(t.TempDir())
	odd := "x: imported\n\x1b]0;\u009b2J"
	makeMaildir(t, odd, "1.a", "2.\x1b[2Jb\u009b")
	if err := os.Chmod(odd+"/new/2.\x1b[2Jb\u009b", 0); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"import", "--from", "qmail", odd},
		{"import", "--from", "teapop", "--content", odd},
		{"import", "--from", "qmail", "--json", odd},
		{"import", "--from", "tpops08", "--logins", odd},
		{"import", "--from", "dovecot", odd},
	} {
		_, stdout, stderr := call("", args...)
		if strings.ContainsAny(stdout+stderr, "\x1b\u009b") || strings.Count(stdout, "x: imported") > strings.Count(stdout, `x: imported\n`) {
			t.Errorf("%q: %q %q", args, stdout, stderr)
		}
	}
	_, stdout, _ := call("", "import", "--from", "qmail", "--json", odd)
	var r migrate.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || !strings.HasSuffix(r.Maildir, odd) {
		t.Errorf("%q, %v", r.Maildir, err)
	}
}

// All subcommands that report on mailboxes print what a user named so that a terminal
// does not obey it.
func TestReportsOddNames(t *testing.T) {
	t.Chdir(t.TempDir())
	const odd = "x\n\x1b]0;y\a\u009b"
	makeMaildir(t, odd, "1.a")
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \"/none\"\n")
	for _, args := range [][]string{
		{"export", "--to", "courier", "--apply", odd}, {"export", "--to", "courier", "--json", odd},
		{"tripwire", "-f", "c.toml", odd}, {"tripwire", "-f", "c.toml", odd + "none"},
		{"accept", "-f", "c.toml", odd}, {"accept", "-f", "c.toml", odd + "none"},
		{"verify", "--against", "127.0.0.1:1", "--server", "127.0.0.1:1", odd},
		{"verify", "--against", "127.0.0.1:1", "--server", "127.0.0.1:1", "--json", odd},
	} {
		_, stdout, stderr := call("secret\n", args...)
		if strings.ContainsAny(stdout+stderr, "\x1b\u009b\a") || strings.Contains(stdout, "x\n") {
			t.Errorf("%q: %q %q", args, stdout, stderr)
		}
	}
}

// A report of a mailbox without a decision ends with its number of messages.
func TestReportLine(t *testing.T) {
	for want, r := range map[string]migrate.Report{
		"2 messages":         {Messages: 2},
		"3 messages: 1 kept": {Messages: 3, Kept: 1},
		"1 message: 1 kept, 1 served by TPOPS with another UIDL": {Messages: 1, Kept: 1, Changed: 1},
		"1 message: 1 hidden by pop3_deleted_flag":               {Messages: 1, Hidden: 1},
	} {
		if got := importedMessages(&r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
