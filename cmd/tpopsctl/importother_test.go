package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

const doveHead = "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"

// doveSystem is a Dovecot with users of the system.
const doveSystem = doveHead + "mail_location = maildir:~/Maildir\npassdb {\n  driver = pam\n}\nprotocols = pop3\nssl = no\nuserdb {\n  driver = passwd\n}\n"

// doveSQL is a Dovecot with users in MySQL.
const doveSQL = doveHead + "mail_location = maildir:~/Maildir\npassdb {\n  args = /etc/dovecot/sql.ext\n  driver = sql\n}\nprotocols = pop3\nssl = no\n" +
	"userdb {\n  args = uid=vmail gid=vmail home=/m/%u\n  driver = static\n}\n"

const doveQueries = "driver = mysql\nconnect = host=localhost dbname=mail user=u password=s3cret\npassword_query = select login as user, password from users where login = '%u'\n"

func TestImportDovecot(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "system", doveSystem)
	writeTest(t, "sql", doveSQL)
	writeTest(t, "queries", doveQueries)
	writeTest(t, "deny", doveSystem+"passdb {\n  deny = yes\n  driver = passwd-file\n}\n")
	writeTest(t, "ldap", strings.Replace(doveSystem, "= pam", "= ldap", 1))
	for _, step := range []step{
		{"to standard output", "", "import-config --from=dovecot system", 0, "maildir = \"Maildir\"\n", "system:2: mail_location: kept as maildir = \"Maildir\"\n"},
		{"from standard input", doveSystem, "import-config --from dovecot -", 0, "auth-type = \"pam\"\n", "-:3: passdb pam: kept"},
		{"to a file", "", "import-config system --from=dovecot -o new", 0, "", "kept"},
		{"existing file", "", "import-config system --from=dovecot -o new", exitCantCreate, "", "new already exists"},
		{"refused", "", "import-config --from=dovecot deny -o none", exitData, "", "tpopsctl: nothing was written: not possible, but needed: 1; -k writes the file without them\n"},
		{"refused, but wanted", "", "import-config --keep-going --from=dovecot deny", 0, "auth-type = \"pam\"\n", "deny:11: passdb passwd-file: not possible, but needed: "},
		{"no users", "", "import-config -k --from=dovecot ldap -o none", exitData, "", "tpopsctl: nothing was written: there is no database of users for it\n"},
		{"with queries", "", "import-config --from=dovecot sql queries -o secret", 0, "", "secret: contains a password"},
		{"without queries", "", "import-config --from=dovecot sql -o none", exitData, "", "give the file /etc/dovecot/sql.ext as a further INPUT"},
		{"a file too many", "", "import-config --from=dovecot system queries -o none", exitData, "", "queries: not possible, but needed: no setting needs this file"},
		{"no output of doveconf", "", "import-config --from=dovecot queries", exitData, "", "queries:1: not the output of doveconf -n"},
		{"missing file", "", "import-config --from=dovecot system none", exitNoInput, "", "none: no such file"},
		{"standard input twice", "", "import-config --from=dovecot - -", exitUsage, "", "only one INPUT can be standard input"},
		{"unknown server", "", "import-config --from=exim system", exitUsage, "", "unknown server \"exim\""},
		{"several files of 0.8", "", "import-config system sql", exitUsage, "", "2 file names instead of 1"},
		{"unknown file of Courier", "", "import-config --from=courier system", exitData, "", "system: the name of the file must be pop3d"},
	} {
		t.Run(step.name, step.run)
	}
	for name, mode := range map[string]os.FileMode{"new": modePublic, "secret": modeSecret} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		if _, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "a"}); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob("none*"); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// A password of the database is in the new file and nowhere else.
func TestImportDovecotShowsNoSecret(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "sql", doveSQL)
	for name, queries := range map[string]string{
		"valid": doveQueries, "two": doveQueries + doveQueries, "broken query": doveQueries + "password_query = call x()\n",
		"unknown line": doveQueries + "connect2 = password=s3cret\n!include password=s3cret\n", "control": strings.Replace(doveQueries, "s3cret", "s3cret\x01", 1),
	} {
		writeTest(t, "queries", queries)
		_, stdout, stderr := call("", "import-config", "--from=dovecot", "-o", "new", "-f", "sql", "queries")
		if strings.Contains(stdout+stderr, "s3cret") {
			t.Errorf("%s: %s%s", name, stdout, stderr)
		}
	}
}

func TestImportCourier(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "pop3d", "PORT=1110\nMAXDAEMONS=7\n")
	writeTest(t, "authdaemonrc", "authmodulelist=authpam\n")
	step{"", "", "import-config --from=courier authdaemonrc pop3d", 0, "max-servers = 7\n", "pop3d:1: PORT: kept as port = 1110, as a comment; "}.run(t)
}
