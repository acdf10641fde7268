package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/migrate"
)

// makeMaildir makes a Maildir with messages in new.
func makeMaildir(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		writeTest(t, filepath.Join(dir, "new", name), "From: x\n\n")
	}
}

func TestImportArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	makeMaildir(t, "box", "1.a", "2.b")
	writeTest(t, "bad.toml", "port = \"x\"\n")
	writeTest(t, "mysql.toml", "auth-type = \"mysql\"\nmysql-db = \"x\"\nmysql-auth-query = \"select login,passwd,maildir from u where login='%s'\"\n")
	writeTest(t, "down.toml", "auth-type = \"mysql\"\nmysql-db = \"x\"\nmysql-server = \"/nonexistent/socket\"\n")
	writeTest(t, "no.toml", "auth-type = \"passwd-file\"\npasswd-file = \"users\"\nmaildir-uidl-convert = false\n")
	writeTest(t, "accounts", "box\tann\tsecret\n")
	writeTest(t, "doveconf", "pop3_uidl_format = %m\n")
	writeTest(t, "control", "# 2.3.19.1 (9b53102964): x\nmail_location = maildir:~/Maildir:CONTROL=/c\n")
	for _, step := range []step{
		{"help", "", "import --help", 0, importHelp, ""},
		{"no server", "", "import box", exitUsage, "", "--from SERVER is missing"},
		{"unknown server", "", "import --from exim box", exitUsage, "", "unknown server"},
		{"no mailbox", "", "import --from qmail", exitUsage, "", "name the mailboxes"},
		{"two lists", "", "import --from qmail --users box", exitUsage, "", "name the mailboxes"},
		{"option of another server", "", "import --from qmail --uidl-format %u box", exitUsage, "", "only with --from dovecot"},
		{"configuration without users", "", "import --from qmail -f x box", exitUsage, "", "only with --users"},
		{"no jobs", "", "import --from qmail --jobs 0 box", exitUsage, "", "--jobs"},
		{"pop3 without server", "", "import --from pop3 box", exitUsage, "", "--server"},
		{"pop3 with a wrong mode", "", "import --from pop3 --server h:1 --accounts accounts --tls x", exitUsage, "", "--tls x"},
		{"pop3 with a wrong server", "", "import --from pop3 --server h:0 --accounts accounts", exitUsage, "", "--server: "},
		{"accounts with a relative path", "", "import --from pop3 --server h:1 --accounts accounts", exitData, "", "entry 1"},
		{"wrong format", "", "import --from dovecot --uidl-format x box", exitData, "", "no variable"},
		{"wrong format of doveconf", "", "import --from dovecot --doveconf doveconf box", exitData, "", "mbox only"},
		{"not doveconf", "", "import --from dovecot --doveconf accounts box", exitData, "", "accounts: not the output of doveconf -n"},
		{"lists elsewhere", "", "import --from dovecot --doveconf control box", exitData, "", "dovecot-uidlist is in /c, not in the Maildirs: add --control-dir"},
		{"no doveconf", "", "import --from dovecot --doveconf none box", exitNoInput, "", "none"},
		{"relative control directory", "", "import --from dovecot --control-dir x box", exitUsage, "", "absolute"},
		{"wrong configuration", "", "import --from qmail --users -f bad.toml", exitData, "", "bad.toml:1"},
		{"users of MySQL", "", "import --from qmail --users -f mysql.toml", exitData, "", "mysql: this user database cannot list its users: set mysql-list-query, because mysql-auth-query is not the default; list them in a file, and use --logins FILE, or name the Maildirs"},
		{"database down", "", "import --from qmail --users -f down.toml", exitOS, "", "auth-type = mysql: mysql: list the users: connect to /nonexistent/socket"},
		{"a server that would not read it", "", "import --from qmail --users -f no.toml", exitData, "", "maildir-uidl-convert"},
		{"a list without lines", "\n", "import --from qmail -", exitNoInput, "", "no mailbox"},
		{"no Maildir", "", "import --from qmail none", exitPart, "none: no Maildir", "1 of 1"},
		{"dry run", "", "import --from qmail box", 0, "box: ready, 2 messages: 2 kept", ""},
		{"import of a list", "box\nbox\n", "import --from qmail --apply -", 0, "mailboxes: 1 imported\n", ""},
		{"again", "", "import --from qmail --apply box", 0, "box: already imported\nmailboxes: 1 already imported\nmailboxes with a tpops_uidl were skipped: --replace imports them again\n", ""},
		{"damaged list", "", "import --from dovecot --replace --apply box", exitPart, "lists elsewhere (see --control-dir for Dovecot), 2 messages\nmailboxes: 1 failed\n", "1 of 1"},
	} {
		t.Run(step.name, step.run)
	}
}

// The users of a passwd-file are found with their Maildirs, and one report in JSON
// is printed for each.
func TestImportUsers(t *testing.T) {
	dir := t.TempDir()
	makeMaildir(t, filepath.Join(dir, "ann", "Maildir"), "1.a")
	if err := os.Mkdir(filepath.Join(dir, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeTest(t, filepath.Join(dir, "users"), "ann:{PLAIN}x::::"+dir+"/ann\nnew:{PLAIN}x::::"+dir+"/new\nout:!::::"+dir+"/out\n")
	writeTest(t, filepath.Join(dir, "tpops.toml"), "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	code, stdout, stderr := call("", "import", "--from", "qmail", "--users", "-f", dir+"/tpops.toml", "--json", "--apply")
	if code != 0 || !strings.Contains(stderr, "because they cannot log in: 1") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	var got []migrate.Report
	for line := range strings.Lines(stdout) {
		var r migrate.Report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if len(got) != 2 || got[0].Login != "ann" || got[0].Status != migrate.StatusImported || got[0].Kept != 1 || got[1].Status != migrate.StatusMissing {
		t.Errorf("%s", stdout)
	}
	writeTest(t, filepath.Join(dir, "logins"), "ann\nbob\n")
	code, stdout, _ = call("", "import", "--from", "qmail", "--logins", dir+"/logins", "-f", dir+"/tpops.toml")
	if code != exitPart || !strings.Contains(stdout, "already imported") || !strings.Contains(stdout, "bob: failed: no such user") {
		t.Errorf("exit %d, %s", code, stdout)
	}
}
