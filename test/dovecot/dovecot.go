// Package dovecot starts Dovecot, as the server beside, in front of, or in place
// of ours.
package dovecot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// config keeps Dovecot apart from one of the system. It is a format for its
// folder, its port and its protocol.
const config = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = %[3]s
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
service %[3]s-login {
  inet_listener %[3]s {
    port = %[2]s
  }
  inet_listener %[3]ss {
    port = 0
  }
}
`

// popConfig has Dovecot lock mailboxes and answer LAST, as a POP3 server may. It
// is a format for the networks that may send XCLIENT.
const popConfig = `
auth_verbose = yes
auth_failure_delay = 0
login_trusted_networks = %s
mail_max_userip_connections = 0
pop3_lock_session = yes
pop3_enable_last = yes
`

// Server is a Dovecot of Debian's that serves Maildirs of nobody's.
type Server struct {
	Addr string // host:port
	dir  string
}

// users is how many users it has: user0, user1 and so on, with the
// password of all tests.
const users = 30

// Start starts one that takes XCLIENT from the networks. It is ended with
// the test.
func Start(t *testing.T, trusted string) *Server {
	t.Helper()
	return StartWith(t, "pop3", fmt.Sprintf(popConfig, trusted))
}

// StartWith starts one that serves a protocol, with more lines of configuration.
func StartWith(t *testing.T, protocol, more string) *Server {
	t.Helper()
	return startIn(t, protocol, func(string) string { return more })
}

// startIn is startWith with lines that depend on the folder.
func startIn(t *testing.T, protocol string, more func(dir string) string) *Server {
	t.Helper()
	fixture.NeedRoot(t)
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
	d := &Server{addr, dir}
	d.Write(t, "users", d.Users())
	d.Write(t, "conf", fmt.Sprintf(config, dir, strings.TrimPrefix(addr, "127.0.0.1:"), protocol)+more(dir))
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
	t.Fatalf("Dovecot does not serve\n%s", d.Log())
	return nil
}

// Users returns the text of its file of users.
func (d *Server) Users() string {
	var text strings.Builder
	for i := range users {
		fmt.Fprintf(&text, "user%d:{PLAIN}%s:%d:%d::%s::userdb_mail=maildir:%s\n", i, fixture.Password, clients.Nobody, clients.Nobody, d.Maildir(i), d.Maildir(i))
	}
	return text.String()
}

// Maildir returns the Maildir of a user.
func (d *Server) Maildir(user int) string { return filepath.Join(d.dir, fmt.Sprintf("mail%d", user)) }

// Write writes a file into its folder.
func (d *Server) Write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Log returns what Dovecot has logged.
func (d *Server) Log() string {
	text, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Deliver makes the Maildir of a user, with the texts as messages.
func (d *Server) Deliver(t *testing.T, user int, texts []string) {
	t.Helper()
	dir := d.Maildir(user)
	for _, sub := range []string{"", "new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, "cur", MessageName(i)+":2,"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, clients.Nobody, clients.Nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// MessageName returns the file name of message i, from 0, without flags.
func MessageName(i int) string { return fmt.Sprintf("%d.M1P1.host", 1700000000+i) }

// RemoveMessage removes message number n of a Maildir, whatever flags it has.
func RemoveMessage(t *testing.T, maildir string, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "cur", MessageName(n-1)+"*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("message %d: %v, %v", n, files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
}
