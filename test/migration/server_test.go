//go:build integration

package migration

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// old is the server that an operator leaves: the owner of all mailboxes, and a folder
// for its files, which the owner can read.
type old struct {
	t     *testing.T
	owner fixture.SystemUser
	dir   string
}

func newOld(t *testing.T) *old {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	return &old{t, u, filepath.Dir(u.Box.Dir)}
}

// mailbox makes a Maildir with two messages below the folder.
func (o *old) mailbox(path string) {
	o.t.Helper()
	if err := corpus.Write(filepath.Join(o.dir, path), corpus.Messages(5, 2)); err != nil {
		o.t.Fatal(err)
	}
	fixture.Command(o.t, "chown", "-R", o.owner.Name+":", o.dir)
}

// file writes a file of the old server. @DIR, @OWNER, @UID and @GID in it are replaced.
func (o *old) file(name, text string) string {
	o.t.Helper()
	name = filepath.Join(o.dir, name)
	if err := os.WriteFile(name, []byte(o.expand(text)), 0o644); err != nil {
		o.t.Fatal(err)
	}
	return name
}

func (o *old) expand(text string) string {
	ids := strings.Split(fixture.Four(o.owner.UID)+"\t"+fixture.Four(o.owner.GID), "\t")
	return strings.NewReplacer("@DIR", o.dir, "@OWNER", o.owner.Name, "@UID", ids[0], "@GID", ids[4]).Replace(text)
}

// doveconf returns the file with the output of doveconf -nP of the installed Dovecot.
func (o *old) doveconf(text string) string {
	o.t.Helper()
	conf := o.file("dovecot.conf", text)
	out, err := exec.CommandContext(o.t.Context(), "doveconf", "-nP", "-c", conf).Output()
	if err != nil {
		o.t.Fatalf("doveconf: %v", err)
	}
	return o.file("doveconf", string(out))
}

// start converts the files, runs the command that the report names, and starts the
// server with the result.
func (o *old) start(from string, params []string, inputs ...string) *daemon.Daemon {
	o.t.Helper()
	file := filepath.Join(o.dir, "tpops.toml")
	code, stdout, stderr := fixture.RunTpopsctl(o.t, append([]string{"import-config", "--from=" + from, "-f", "-o", file}, inputs...)...)
	if code != 0 || stdout != "" {
		o.t.Fatalf("import-config: exit status %d\n%s%s", code, stdout, stderr)
	}
	const users = "/etc/tpops/users" // Here it is in the folder.
	here := filepath.Join(o.dir, "tpops-users")
	if m := regexp.MustCompile("first make this file: (.*)").FindStringSubmatch(stderr); m != nil {
		command := strings.NewReplacer(users, here, "/etc/courier/userdb", filepath.Join(o.dir, "userdb")).Replace(m[1])
		fixture.Command(o.t, "sh", "-c", command)
	}
	toml := regexp.MustCompile(`(?m)^# ((?:tls-)?port|user|group) = `).ReplaceAllString(fixture.Read(o.t, file), "$1 = ") // There is no systemd.
	toml = regexp.MustCompile(`(?m)^port = .*\n`).ReplaceAllString(toml, "port = \"127.0.0.1:0\"\n")
	o.file("tpops.toml", strings.ReplaceAll(toml, users, here)+"syslog = \"none\"\nerror-interval = 0\n")
	fixture.Command(o.t, "chown", o.owner.Name+":", file) // It may contain a password.
	// Dovecot has served the mailboxes by then. Their UIDLs are not what is tested here.
	d, err := daemon.Start(fixture.Program(o.t, "tpops"), append([]string{"--config=" + file, "--uidl-mismatch=accept"}, params...)...)
	if err != nil {
		o.t.Fatalf("%v\n%s", err, fixture.Read(o.t, file))
	}
	o.t.Cleanup(d.Kill)
	return d
}

// logsIn logs in with a password, which has to be the right one, and with another.
func logsIn(t *testing.T, d *daemon.Daemon, name, password, messages string) {
	t.Helper()
	c := fixture.Dial(t, d)
	c.OK("USER " + name)
	c.Want("PASS "+password, `^\+OK .* has `+messages+` messages`)
	c.OK("QUIT")
	refused(t, d, name, password+"x", "AUTH")
}

// refused holds that a login is refused with a response code.
func refused(t *testing.T, d *daemon.Daemon, name, password, code string) {
	t.Helper()
	c := fixture.Dial(t, d)
	c.OK("USER " + name)
	c.Want("PASS "+password, `^-ERR \[`+code+`\] `)
}

func TestFromDovecotSystemUsers(t *testing.T) {
	o := newOld(t)
	conf := o.doveconf("protocols = pop3\nmail_location = maildir:~/Maildir\nssl = no\ndisable_plaintext_auth = no\npassdb {\n driver = shadow\n}\nuserdb {\n driver = passwd\n}\n")
	d := o.start("dovecot", nil, conf)
	logsIn(t, d, o.owner.Name, o.owner.Password, "3")
	refused(t, d, "root", "x", "AUTH")
}

// passwdFiles are configurations with users in a passwd-file.
var passwdFiles = []struct{ name, conf, users, mailbox string }{
	{"static userdb", "mail_location = maildir:~/Maildir\npassdb {\n driver = passwd-file\n args = scheme=PLAIN @DIR/users\n}\n" +
		"userdb {\n driver = static\n args = uid=@OWNER gid=@OWNER home=@DIR/%d/%n\n}\n",
		"# users\nann@example.org:secret\nbob@example.org:{SHA}sQnzu7wkTrgkQZF+0G1hi5AI3Qo=:99:99::/elsewhere\n", "Maildir"},
	{"default fields", "mail_location = maildir:@DIR/%d/%n\npassdb {\n driver = passwd-file\n args = username_format=%u @DIR/users\n}\n" +
		"userdb {\n driver = passwd-file\n args = username_format=%u @DIR/users\n default_fields = uid=@OWNER gid=@OWNER home=@DIR/%d/%n/home\n}\n",
		"ann@example.org:{PLAIN}secret:@UID:@GID::@DIR/example.org/ann/home::\nbob@example.org:{PLAIN}x:@UID:@GID:::::\n", ""},
	{"own fields", "mail_location = maildir:~/Maildir\nmail_uid = @OWNER\nmail_gid = @OWNER\npassdb {\n driver = passwd-file\n args = @DIR/users\n}\n" +
		"userdb {\n driver = passwd-file\n args = @DIR/users\n}\n",
		"ann@example.org:{PLAIN}secret:::::/bin/sh:userdb_home=@DIR/example.org/ann\nbob@example.org:{PLAIN}x:@UID:@GID:Bob:@DIR/example.org/bob::nologin\n", "Maildir"},
}

// The lines of a passwd-file are completed by the command in the report.
func TestFromDovecotPasswdFile(t *testing.T) {
	for _, test := range passwdFiles {
		t.Run(test.name, func(t *testing.T) {
			o := newOld(t)
			o.file("users", test.users)
			o.mailbox("example.org/ann/" + test.mailbox)
			conf := o.doveconf("protocols = pop3\nssl = no\ndisable_plaintext_auth = no\n" + test.conf)
			d := o.start("dovecot", nil, conf)
			logsIn(t, d, "ann@example.org", "secret", "2")
			refused(t, d, "ann", "secret", "AUTH")
			if strings.Contains(test.users, "nologin") {
				refused(t, d, "bob@example.org", "x", "AUTH")
			} else if test.name == "default fields" {
				logsIn(t, d, "bob@example.org", "x", "0")
			}
		})
	}
}

// Users of Courier's userdb are in a passwd-file after the command in the report.
func TestFromCourierUserdb(t *testing.T) {
	o := newOld(t)
	o.mailbox("mail/ann")
	o.mailbox("home/bob/Maildir")
	o.file("userdb", "# users\nann\tuid=@UID|gid=@GID|home=@DIR|mail=@DIR/mail/ann|systempw=$1$xyz$cEUv8aN9ehjhMXG/kSFnM1|pop3pw=$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/\n"+
		"bob\thome=@DIR/home/bob|gid=@GID|uid=@UID|systempw={MD5}X03MO1qnZdYdgyfeuILPmQ==\n"+
		"eve\thome=@DIR/home/bob|gid=@GID|uid=@UID|systempw={MD5}X03MO1qnZdYdgyfeuILPmQ==|options=disablepop3=1,x=y\n")
	for _, name := range []string{"pop3d", "pop3d-ssl"} {
		o.file(name, fixture.Read(t, "../../pkg/config/courierconf/testdata/userdb/"+name))
	}
	// Debian's files name a certificate, which is not here.
	tls := o.file("pop3d-ssl", "POP3_TLS_REQUIRED=0\n")
	auth := o.file("authdaemonrc", "authmodulelist=\"authuserdb\"\n")
	d := o.start("courier", []string{"--user=" + o.owner.Name}, filepath.Join(o.dir, "pop3d"), tls, auth)
	logsIn(t, d, "ann", "password", "2")
	logsIn(t, d, "bob", "password", "2")
	refused(t, d, "eve", "password", "SYS/PERM")
}

// splitAddress returns host and port of an address.
func splitAddress(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
