package dovecot

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

	"tpops/test/clients"
	"tpops/test/corpus"
	"tpops/test/fixture"
)

// AuthServer is a Dovecot that serves no protocol, only its sockets for authentication.
type AuthServer struct {
	t       *testing.T
	version string
	dir     string
	cmd     *exec.Cmd // nil while it is stopped
}

// NewAuthServer returns a Dovecot of a version, which is not running yet. It ends with
// the test. The lines of configuration are a format for the folder.
func NewAuthServer(t *testing.T, version, config string) *AuthServer {
	t.Helper()
	fixture.NeedRoot(t)
	if version == "2.4" {
		Need24(t)
	}
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-dovecot-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := &AuthServer{t: t, version: version, dir: dir}
	s.Write("conf", s.head()+fmt.Sprintf(config, dir))
	t.Cleanup(s.Stop)
	return s
}

// head returns the configuration for the version, which 2.4 has to begin with.
func (s *AuthServer) head() string {
	text := fmt.Sprintf(authConfig, s.dir)
	if s.version == "2.4" {
		return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" + text
	}
	return text
}

// Write writes a file into its folder.
func (s *AuthServer) Write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.Path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// Path returns the path of a file in its folder.
func (s *AuthServer) Path(name string) string { return filepath.Join(s.dir, name) }

// Start starts it and waits until both sockets are there.
func (s *AuthServer) Start() {
	s.t.Helper()
	s.cmd = exec.Command("dovecot", "-F", "-c", s.Path("conf"))
	if s.version == "2.4" {
		s.cmd = command24(s.Path("conf"), s.dir)
	}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	fixture.Eventually(s.t, "Dovecot listens", func() bool { return s.listens("auth-client") && s.listens("auth-userdb") })
}

// listens reports whether a process accepts connections on a socket.
func (s *AuthServer) listens(name string) bool {
	conn, err := net.Dial("unix", s.Path("run/"+name))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Stop stops it, if it runs.
func (s *AuthServer) Stop() {
	if s.cmd == nil {
		return
	}
	process := s.cmd.Process
	process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(5*time.Second, func() { process.Kill() })
	s.cmd.Wait()
	late.Stop()
	s.cmd = nil
}

// Log returns what it has logged.
func (s *AuthServer) Log() string {
	text, err := os.ReadFile(s.Path("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Params are those of a server that asks it.
func (s *AuthServer) Params(more ...string) []string {
	return append([]string{"--auth-type=dovecot", "--dovecot-auth-socket=" + s.Path("run/auth-client"),
		"--dovecot-userdb-socket=" + s.Path("run/auth-userdb"), "--error-interval=0", "--syslog=none"}, more...)
}

// Home makes the home directory of a user, with five messages in a Maildir of a name,
// and returns the beginning of the user's line in a passwd-file.
func (s *AuthServer) Home(user, maildir string) string {
	s.t.Helper()
	home := s.Path(user)
	if err := corpus.Write(filepath.Join(home, maildir), corpus.Messages(1, 5)); err != nil {
		s.t.Fatal(err)
	}
	fixture.Command(s.t, "chown", "-R", fmt.Sprintf("%d:%d", clients.Nobody, clients.Nobody), home)
	return fmt.Sprintf("%s:{PLAIN}%s:%d:%d::%s::", user, fixture.Password, clients.Nobody, clients.Nobody, home)
}

// StartWithFiles starts one with users in a file.
func StartWithFiles(t *testing.T, version string) *AuthServer {
	t.Helper()
	s := NewAuthServer(t, version, authFiles[version])
	ann := s.Home("ann", "Maildir")
	alone := func(user string) string { return strings.Replace(ann, "ann:", user+":", 1) }
	rows := []string{
		ann,
		s.Home("tim", "Mail") + "userdb_mail=maildir:~/Mail:INDEX=/nonexistent",
		alone("off") + "nologin reason=closed", alone("away") + "proxy=y host=192.0.2.1", alone("far") + "allow_nets=192.0.2.0/24",
		alone("near") + "allow_nets=127.0.0.0/8", alone("alias") + "user=ann", alone("mbox") + "userdb_mail=mbox:~/mail",
		alone("few") + "max_sessions=1", strings.Replace(alone("locked"), "{PLAIN}"+fixture.Password, "*", 1),
	}
	s.Write("users", strings.Join(rows, "\n")+"\n")
	s.Write("masters", "boss:{PLAIN}master pass\n")
	s.Start()
	return s
}
