package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCheckOffline checks the report of a check without a daemon, its exit codes, and that
// it fits in 100 columns and shows no secret.
func TestCheckOffline(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, "Maildir", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	users, conf := filepath.Join(dir, "users"), filepath.Join(dir, "tpops.toml")
	writeTest(t, users, fmt.Sprintf("ann:{PLAIN}topsecret::::%s::\nbob:{PLAIN}topsecret::::/x\x1b]0;%s/none::\n", dir, strings.Repeat("y", 200)))
	writeTest(t, conf, fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = %q\nmailbox-type = \"maildir\"\n", users))
	at := " --offline -f " + conf
	for _, s := range []step{
		{"works", "", "check ann" + at, 0, "A login of ann works, if the password is right.\n", "without the sandbox"},
		{"password", "topsecret\n", "check ann --password" + at, 0, "A login of ann works.\n", "(as ordered)"},
		{"wrong", "other\n", "check ann --password" + at, exitPart, "password     failed  ", "refused"},
		{"no password", "", "check ann --password" + at, exitNoInput, "", "password of ann"},
		{"unknown", "", "check none" + at, exitPart, "no such user", "refused"},
		{"hostile", "", "check bob" + at, exitPart, "row ", "refused"},
		{"service", "", "check" + at, 0, "The service has ", "Checked"},
		{"JSON", "", "check ann --json" + at, 0, `"result":"works"`, "Checked"},
		{"two users", "", "check ann bob" + at, exitUsage, "", "one user"},
		{"address alone", "", "check --address 192.0.2.1" + at, exitUsage, "", "need a user"},
		{"address", "", "check ann --address x" + at, exitUsage, "", `--address: "x" is no address`},
		{"no file", "", "check ann --offline -f " + dir + "/none", exitData, "", "none"},
		{"not running", "", "check ann --socket=" + dir + "/none -f " + conf, 0, "A login of ann works", "because tpops is not running"},
	} {
		t.Run(s.name, s.run)
	}
	for _, user := range []string{"ann", "bob"} {
		_, out, errs := call("", "check", user, "--offline", "-f", conf)
		if strings.Contains(out+errs, "topsecret") || strings.Contains(out+errs, "\x1b") {
			t.Errorf("%q", out+errs)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
			if utf8.RuneCountInString(line) > 100 {
				t.Errorf("does not fit in 100 columns: %s", line)
			}
		}
	}
}
