package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/migrate"
)

func TestExport(t *testing.T) {
	t.Chdir(t.TempDir())
	makeMaildir(t, "box", "1.a", "2.b")
	makeMaildir(t, "fresh", "1.a")
	makeMaildir(t, "odd", "1.a")
	writeTest(t, "box/tpops_uidl", "2.b\tx\n")
	writeTest(t, "odd/tpops_uidl", "1.a\tx\n")
	for _, step := range []step{
		{"help", "", "export --help", 0, exportHelp, ""},
		{"no server", "", "export box", exitUsage, "", "--to SERVER is missing"},
		{"unknown server", "", "export --to exim box", exitUsage, "", "unknown server"},
		{"no mailbox", "", "export --to dovecot", exitUsage, "", "name the mailboxes"},
		{"option of another server", "", "export --to courier --uidl-format %u box", exitUsage, "", "only with --to dovecot"},
		{"option of import", "", "export --to courier --replace box", exitUsage, "", "replace"},
		{"configuration without users", "", "export --to courier -f x box", exitUsage, "", "only with --users"},
		{"no jobs", "", "export --to courier --jobs 0 box", exitUsage, "", "--jobs"},
		{"wrong format", "", "export --to dovecot --uidl-format x box", exitData, "", "no variable"},
		{"a list without lines", "\n", "export --to dovecot -", exitNoInput, "", "no mailbox"},
		{"no Maildir", "", "export --to dovecot none", exitPart, "none: no Maildir", "1 of 1"},
		{"never served", "", "export --to dovecot --apply fresh", 0, "fresh: not served\n", ""},
		{"dry run", "", "export --to dovecot box", 0, "box: ready, 2 messages: 2 with their UIDL saved\n", ""},
		{"export of a list", "box\nbox\n", "export --to dovecot --apply -", 0, "mailboxes: 1 exported\n", ""},
		{"again", "", "export --to dovecot --apply box", 0, "box: nothing to do, 2 messages: 2 listed already\n", ""},
		{"refused", "", "export --to courier --apply odd", exitPart, "odd: refused: ", "1 of 1"},
		{"forced", "", "export --to courier --apply --force odd", exitPart, "odd: exported, 1 message: 1 will be downloaded again; 1 have a UIDL", "1 of 1"},
	} {
		t.Run(step.name, step.run)
	}
	if _, err := os.Lstat("fresh/dovecot-uidlist"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// The users of a configuration are found with their Maildirs, and one report in JSON is
// printed for each.
func TestExportUsers(t *testing.T) {
	dir := t.TempDir()
	makeMaildir(t, filepath.Join(dir, "ann", "Maildir"), "1.a")
	writeTest(t, filepath.Join(dir, "ann", "Maildir", "tpops_uidl"), "1.a\tx\n")
	writeTest(t, filepath.Join(dir, "users"), "ann:{PLAIN}x::::"+dir+"/ann\n")
	writeTest(t, filepath.Join(dir, "tpops.toml"), "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	control := filepath.Join(dir, "control", "ann")
	if err := os.MkdirAll(control, 0o700); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := call("", "export", "--to", "dovecot", "--users", "-f", dir+"/tpops.toml", "--json", "--apply", "--control-dir", dir+"/control/%u")
	var r migrate.ExportReport
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != 0 {
		t.Fatalf("exit %d, %s%s, %v", code, stdout, stderr, err)
	}
	if r.Login != "ann" || r.Status != migrate.StatusExported || r.Saved != 1 {
		t.Errorf("%s", stdout)
	}
	if text, err := os.ReadFile(control + "/dovecot-uidlist"); err != nil || !strings.Contains(string(text), "1 Px :1.a\n") {
		t.Errorf("%s, %v", text, err)
	}
}
