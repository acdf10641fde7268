//go:build integration

package test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
)

// dovecotConfig keeps Dovecot apart from one of the system, and has it lock
// mailboxes and answer LAST, as a POP3 server may.
const dovecotConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
auth_verbose = yes
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
login_trusted_networks = %[3]s
mail_max_userip_connections = 0
first_valid_uid = 1
pop3_lock_session = yes
pop3_enable_last = yes
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
service pop3-login {
  inet_listener pop3 {
    port = %[2]s
  }
  inet_listener pop3s {
    port = 0
  }
}
`

// dovecot is a Dovecot of Debian's that serves Maildirs of nobody's.
type dovecot struct {
	addr string
	dir  string
}

// dovecotUsers is how many users it has: user0, user1 and so on, with the
// password of all tests.
const dovecotUsers = 30

// startDovecot starts one that takes XCLIENT from the networks. It is ended with
// the test.
func startDovecot(t *testing.T, trusted string) *dovecot {
	t.Helper()
	return startDovecotWith(t, func(dir, port string) string { return fmt.Sprintf(dovecotConfig, dir, port, trusted) })
}

// startDovecotWith starts one with the configuration for a directory and a port.
func startDovecotWith(t *testing.T, config func(dir, port string) string) *dovecot {
	t.Helper()
	needRoot(t)
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-dovecot-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	d := &dovecot{addr, dir}
	d.write(t, "users", d.users())
	d.write(t, "conf", config(dir, strings.TrimPrefix(addr, "127.0.0.1:")))
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dovecot", "-F", "-c", filepath.Join(dir, "conf"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	for range 600 {
		if c, _, err := daemon.Dial(addr); err == nil {
			c.Close()
			return d
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("Dovecot does not serve\n%s", d.log())
	return nil
}

func (d *dovecot) users() string {
	var text strings.Builder
	for i := range dovecotUsers {
		fmt.Fprintf(&text, "user%d:{PLAIN}%s:%d:%d::%s::userdb_mail=maildir:%s\n", i, password, nobody, nobody, d.maildir(i), d.maildir(i))
	}
	return text.String()
}

func (d *dovecot) maildir(user int) string { return filepath.Join(d.dir, fmt.Sprintf("mail%d", user)) }

func (d *dovecot) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// log returns what Dovecot has logged.
func (d *dovecot) log() string {
	text, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// deliver makes the Maildir of a user, with the texts as messages.
func (d *dovecot) deliver(t *testing.T, user int, texts []string) {
	t.Helper()
	dir := d.maildir(user)
	for _, sub := range []string{"", "new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, "cur", messageName(i)+":2,"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func messageName(i int) string { return fmt.Sprintf("%d.M1P1.host", 1700000000+i) }

// removeMessage removes message number n of a Maildir, whatever flags it has.
func removeMessage(t *testing.T, maildir string, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "cur", messageName(n-1)+"*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("message %d: %v, %v", n, files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
}

// A Dovecot in front, as a proxy: it logs in here with what its client gave, and
// says by XCLIENT where that comes from.
func TestDovecotInFront(t *testing.T) {
	box := small(t)
	d := box.start(t, "--xclient-from=127.0.0.1", "--plaintext-login=yes")
	front := startDovecot(t, "127.0.0.0/8")
	_, port, _ := net.SplitHostPort(d.Addr)
	front.write(t, "users", fmt.Sprintf("%s:{PLAIN}%s::::::proxy=y host=127.0.0.1 port=%s\n", login, password, port))
	s := session{daemon.NewClient(dialFrom(t, "127.0.0.9", front.addr)), t}
	if _, err := s.Line(); err != nil {
		t.Fatal(err)
	}
	s.ok("USER " + login)
	s.want("PASS "+password, `^\+OK .* has 5 messages`)
	if _, body, err := s.Multi("RETR 1"); err != nil || len(body) == 0 {
		t.Errorf("%d octets, %v", len(body), err)
	}
	s.ok("DELE 1")
	s.ok("QUIT")
	eventually(t, "the client is logged with its own address", func() bool {
		return strings.Contains(d.Log(), " login session=") && strings.Contains(d.Log(), " remote=127.0.0.9 forwarded=")
	})
	if left := box.files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
	if t.Failed() {
		t.Logf("%s\n%s", front.log(), d.Log())
	}
}
