//go:build systemd

package systemd

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/test/bed"
	"tpops/test/corpus"
)

// pop3Port is where the units listen.
const pop3Port = "127.0.0.1:110"

// userPassword is that of all users of a site. A password may have spaces.
const userPassword = "pass word"

// site is a machine with TPOPS installed.
type site struct {
	*bed.Machine
	t *testing.T
}

// newSite boots a machine and installs the package of the first version.
func newSite(t *testing.T, suite bed.Suite, packages ...string) *site {
	t.Helper()
	s := &site{bed.Start(t, suite, packages...), t}
	s.install(firstVersion)
	return s
}

// on returns the site for a subtest.
func (s *site) on(t *testing.T) *site { return &site{s.Machine, t} }

// install installs the .deb of a version, or upgrades to it.
func (s *site) install(version string) {
	s.t.Helper()
	path := "/root/tpops_" + version + ".deb"
	s.Copy(s.t, builtPackage(s.t, version, ".deb"), path)
	s.do("dpkg", "--install", path)
}

// do runs a program in the machine and returns its output without spaces
// around it.
func (s *site) do(args ...string) string {
	s.t.Helper()
	return strings.TrimSpace(s.Run(s.t, args...))
}

// property returns a property of a unit, see systemctl show.
func (s *site) property(unit, name string) string {
	s.t.Helper()
	return s.do("systemctl", "show", "--property="+name, "--value", unit)
}

// wantState fails the test unless the unit is in the state, as active.
func (s *site) wantState(unit, want string) {
	s.t.Helper()
	if got := s.property(unit, "ActiveState"); got != want {
		s.t.Errorf("%s is %s, want %s", unit, got, want)
	}
}

// wantNoFailure fails the test if a unit has failed.
func (s *site) wantNoFailure() {
	s.t.Helper()
	if failed := s.do("systemctl", "list-units", "--failed", "--no-legend", "--plain"); failed != "" {
		s.t.Errorf("failed units: %s", failed)
	}
}

// mainPID returns the number of the main process of the service in the machine.
func (s *site) mainPID() int {
	s.t.Helper()
	pid, err := strconv.Atoi(s.property("tpops.service", "MainPID"))
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}

// servingPID returns the number of the process that serves: the child of the main process.
func (s *site) servingPID() int {
	s.t.Helper()
	pid, err := strconv.Atoi(s.do("pgrep", "--parent", strconv.Itoa(s.mainPID())))
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}

// killServing kills the process that serves, as the kernel does when memory is short.
func (s *site) killServing() {
	s.t.Helper()
	s.do("kill", "-KILL", strconv.Itoa(s.servingPID()))
}

// configure writes the configuration for the parallel-type and mail roots that
// the package sets.
func (s *site) configure(lines ...string) {
	s.t.Helper()
	s.configureType("thread", lines...)
}

// configureType writes the configuration for a parallel-type. Errors are
// answered at once.
func (s *site) configureType(parallelType string, lines ...string) {
	s.t.Helper()
	text := strings.Join(append([]string{
		`mail-roots = "/home,/var/mail,/var/vmail"`,
		`parallel-type = "` + parallelType + `"`,
		"error-interval = 0",
	}, lines...), "\n") + "\n"
	s.Write(s.t, "/etc/tpops/tpops.toml", text, 0o644)
}

// dropIn adds a drop-in to a unit, or takes an example from the package's
// documentation if text is its name, and makes systemd read it.
func (s *site) dropIn(unit, text string) {
	s.t.Helper()
	name := "test.conf"
	if strings.HasSuffix(text, ".conf") {
		name, text = text, s.Read(s.t, "/usr/share/doc/tpops/examples/"+text)
	}
	s.Write(s.t, filepath.Join("/etc/systemd/system", unit+".d", name), text, 0o644)
	s.do("systemctl", "daemon-reload")
}

// user adds a system user. The hash of the password is one that costs little,
// for tests that log in many times.
func (s *site) user(name string) {
	s.t.Helper()
	s.Shell(s.t, `useradd --create-home --password "$(perl -e 'print crypt($ARGV[0], q($5$rounds=1000$bed$))' "$2")" "$1"`,
		name, userPassword)
}

// userWithMail adds a system user whose mailbox has the messages.
func (s *site) userWithMail(name string, messages []corpus.Message) {
	s.t.Helper()
	s.user(name)
	s.deliver("/home/"+name+"/Maildir", name, messages)
}

// deliver makes a Maildir in the machine.
func (s *site) deliver(path, owner string, messages []corpus.Message) {
	s.t.Helper()
	local := filepath.Join(s.t.TempDir(), "Maildir")
	if err := corpus.Write(local, messages); err != nil {
		s.t.Fatal(err)
	}
	s.CopyTree(s.t, local, path, owner)
}

// files returns the names of the messages in a Maildir in the machine.
func (s *site) files(path string) []string {
	s.t.Helper()
	return strings.FieldsFunc(s.Run(s.t, "find", path+"/new", path+"/cur", "-type", "f", "-printf", `%f\0`),
		func(r rune) bool { return r == 0 })
}

// letters returns n messages as people write them.
func letters(n int) []corpus.Message {
	messages := corpus.Messages(1, 200+n)
	return messages[len(messages)-n:]
}

// enableDaemon enables tpops.socket.
func (s *site) enableDaemon() {
	s.t.Helper()
	s.do("systemctl", "enable", "--now", "tpops.socket")
}
