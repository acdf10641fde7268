//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestMovingOver takes an operator of 0.8 with system users from the old
// configuration and the old DBM file, which gdbm_dump reads, to a server that is at work with both.
func TestMovingOver(t *testing.T) {
	fixture.NeedRoot(t) // auth-type=passwd reads /etc/shadow
	u := fixture.AddSystemUser(t)
	dir := t.TempDir()
	secrets := filepath.Join(dir, "apop")
	const script = `use NDBM_File; use Fcntl; tie(%h, "NDBM_File", $ARGV[0], O_RDWR|O_CREAT, 0600) or die $!;
		$h{$ARGV[1]} = $ARGV[2]; $h{"user$_"} = "password$_" for 1..500; untie %h;`
	fixture.Command(t, "perl", "-e", script, secrets, u.Name, "old secret")
	access := filepath.Join(dir, "access")
	old := filepath.Join(dir, "tpops.conf")
	text := fmt.Sprintf("# TPOPS 0.8\n[tpops]\np 127.0.0.1:0\nauth-type passwd\nmaildir = Maildir\napop-passwd-file %s\n"+
		"access-log = %s\nparallel-type = thread\nerror-interval 0\nmysql-server = db\nsyslog none\n", secrets, access)
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	// The file of passwords has to be there when the server starts.
	dump := filepath.Join(dir, "apop.dump")
	fixture.Command(t, "gdbm_dump", secrets+".pag", dump)
	code, stdout, stderr := fixture.RunTpopsctl(t, "import-passwd", dump, secrets)
	if code != 0 || !strings.Contains(stdout, "501 of 501 entries") {
		t.Fatalf("import-passwd: exit status %d\n%s%s", code, stdout, stderr)
	}
	file := filepath.Join(dir, "tpops.toml")
	code, stdout, stderr = fixture.RunTpopsctl(t, "import-config", old, "-o", file)
	if code != 0 || stdout != "" || !strings.Contains(stderr, old+":10: mysql-server: omitted: ") {
		t.Fatalf("import-config: exit status %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := fixture.RunTPOPS(t, "--check-config", "--config="+file); code != 0 {
		t.Fatalf("--check-config: exit status %d\n%s%s", code, stdout, stderr)
	}

	// The address is in the file, so nothing is on the command line.
	d, err := daemon.Start(fixture.Program(t, "tpops"), "--config="+file, "--port=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Kill)
	fixture.APOP(t, d, u.Name, "old secret", `^\+OK `+u.Name+` has 3 messages`)
	fixture.APOP(t, d, u.Name, "wrong", `^-ERR \[AUTH\] authentication failed$`)
	s := fixture.Dial(t, d)
	s.OK("USER " + u.Name)
	s.Want("PASS "+u.Password, `^\+OK `)
	s.OK("QUIT")
	fixture.Eventually(t, "the access log has a line", func() bool {
		text, err := os.ReadFile(access)
		return err == nil && strings.Contains(string(text), " "+u.Name+" 3 ")
	})
}

// TestOldConfigurationIsRead loads what comes out of a file with every parameter
// of users in MySQL, as the server does.
func TestOldConfigurationIsRead(t *testing.T) {
	dir := t.TempDir()
	old, file := filepath.Join(dir, "tpops.conf"), filepath.Join(dir, "tpops.toml")
	text := "port=110\r\nhostname = pop.example.org\r\nconnection-keep-time 3600\ncommand-timeout=600\ndebug\nsyslog local3\n" +
		"auth-type = mysql\nmailbox-type = maildir\nparallel-type thread\ndomain example.org\nerror-interval = 5\nmax-servers 50\n" +
		"mysql-server=localhost\nmysql-user = tpops\nmysql-passwd = a\"b#c\nmysql-db = mail\nmysql-crypt-passwd = yes\n" +
		"mysql-auth-query = select login,passwd,maildir from user where login=\"%s\"\nmaildir-use-filesize no\nmaildir-extended no\nmaildir-lock\nmaildir-uidl-convert\n"
	if err := os.WriteFile(old, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := fixture.RunTpopsctl(t, "import-config", "-o", file, old)
	if code != 0 || strings.Contains(stderr, "omitted") {
		t.Fatalf("exit status %d\n%s", code, stderr)
	}
	if code, stdout, stderr := fixture.RunTPOPS(t, "--check-config", "--config="+file); code != 0 {
		t.Errorf("--check-config: exit status %d\n%s%s", code, stdout, stderr)
	}
}
