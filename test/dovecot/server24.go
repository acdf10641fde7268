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

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// config24 has Dovecot 2.4 serve POP3 to the users in a file, whose homes are their
// Maildirs. It is a format for its folder and its port.
const config24 = `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = pop3
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
first_valid_uid = 1
mail_driver = maildir
mail_path = %%{home}
mail_fsync = never
passdb users {
  driver = passwd-file
  passwd_file_path = %[1]s/users
}
userdb users {
  driver = passwd-file
  passwd_file_path = %[1]s/users
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

// Server24 is a Dovecot of Debian 13's that serves Maildirs by POP3.
type Server24 struct {
	Addr string // host:port
	dir  string
	cmd  *exec.Cmd
}

// Start24 starts one for users in the format of a passwd-file, whose homes are in the
// folder site, with more lines of configuration. It is ended with the test, which is
// skipped if it is not installed.
func Start24(t *testing.T, site, users, more string) *Server24 {
	t.Helper()
	Need24(t)
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
	conf := fmt.Sprintf(config24, dir, strings.TrimPrefix(addr, "127.0.0.1:")) + more
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "users"), []byte(users), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := &Server24{addr, dir, command24(filepath.Join(dir, "conf"), dir, site)}
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	fixture.Eventually(t, "Dovecot 2.4 serves", func() bool {
		c, _, err := daemon.Dial(addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return d
}

func (d *Server24) stop() {
	process := d.cmd.Process
	process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(5*time.Second, func() { process.Kill() })
	d.cmd.Wait()
	late.Stop()
}

// Need24 skips a test if Dovecot 2.4 is not installed.
func Need24(t *testing.T) {
	t.Helper()
	fixture.NeedRoot(t)
	if _, err := os.Stat(filepath.Join(root24, "usr/sbin/dovecot")); err != nil {
		t.Skip("Dovecot 2.4 is not installed; make bench-deps installs it")
	}
}

// command24 returns the command that runs Dovecot 2.4 in the foreground. It finds the
// folders where they are outside.
func command24(conf string, folders ...string) *exec.Cmd {
	args := []string{"--mount", "--propagation", "private", "sh", "-c", inRoot24, "sh", root24, conf}
	return exec.Command("unshare", append(args, folders...)...)
}

// Save delivers a text to a user, as its own tool does, and returns what doveadm
// writes.
func (d *Server24) Save(t *testing.T, user, text string) {
	t.Helper()
	d.Run(t, text, "doveadm", "-c", filepath.Join(d.dir, "conf"), "save", "-u", user)
}

// Run runs a program of the same system with an input, and returns its output.
func (d *Server24) Run(t *testing.T, input string, command ...string) string {
	t.Helper()
	args := []string{fmt.Sprintf("--mount=/proc/%d/ns/mnt", d.cmd.Process.Pid), "chroot", root24}
	cmd := exec.CommandContext(t.Context(), "nsenter", append(args, command...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s%s", command, err, out, d.Log())
	}
	return string(out)
}

// Doveconf returns its settings as an operator has them: the output of doveconf -n.
func (d *Server24) Doveconf(t *testing.T) string {
	t.Helper()
	return d.Run(t, "", "doveconf", "-n", "-c", filepath.Join(d.dir, "conf"))
}

// Log returns what it has logged.
func (d *Server24) Log() string {
	text, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}
