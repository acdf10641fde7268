//go:build nfs

package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// The file server: its address, what it exports, and where the hosts have that.
const (
	filer    = "192.0.2.40"
	exported = "/export"
	mounted  = "/mail"
)

// shared are two hosts with tpops that share the users' Maildirs.
type shared struct {
	t       *testing.T
	users   []*mailUser
	hosts   []*host
	serving []*daemon.Daemon
}

// newShared starts two hosts with the options of mount.
func newShared(t *testing.T, options string) *shared {
	t.Helper()
	s := &shared{t: t}
	newNetwork(t, 3)
	fixture.Command(t, "ip", "address", "add", filer+"/24", "dev", "lan")
	for n := range 2 {
		u := s.newUser(n)
		u.agent = s.procmail
		s.users = append(s.users, u)
	}
	for n, name := range []string{"mail1", "mail2"} {
		s.mount(newHost(t, name, fmt.Sprintf("192.0.2.%d", 21+n)), options)
		s.start(n)
	}
	return s
}

// newUser makes a user with a Maildir on the file server.
func (s *shared) newUser(n int) *mailUser {
	s.t.Helper()
	u := newMailUser(s.t, exported, n)
	u.patient = 5 * time.Minute // The machine is slow without KVM.
	return u
}

// mount adds a host, and mounts what the file server exports.
func (s *shared) mount(h *host, options string) {
	s.t.Helper()
	h.do(func() { h.run("mount.nfs4", filer+":/", mounted, "-o", "vers=4.2,"+options) })
	s.hosts = append(s.hosts, h)
	s.serving = append(s.serving, nil)
}

// start starts the daemon of all users on host n.
func (s *shared) start(n int) {
	s.t.Helper()
	s.serving[n] = s.serve(s.hosts[n], ":110", s.users)
}

// serve starts a daemon of the users on a host.
func (s *shared) serve(h *host, port string, users []*mailUser, params ...string) *daemon.Daemon {
	s.t.Helper()
	file := filepath.Join(os.TempDir(), h.name+port)
	var rows []daemon.User
	for _, u := range users {
		rows = append(rows, daemon.User{Login: u.login, Password: "{PLAIN}" + u.password, Maildir: filepath.Join(mounted, u.login)})
	}
	// A daemon that is not root has to read it too.
	if err := errors.Join(daemon.WriteUsers(file, rows...), os.Chmod(file, 0o644)); err != nil {
		s.t.Fatal(err)
	}
	var d *daemon.Daemon
	program := fixture.Program(s.t, "tpops")
	h.do(func() {
		var err error
		d, err = daemon.Start(program, append(params, "--auth-type=passwd-file", "--passwd-file="+file, "--mail-roots="+mounted,
			"--port="+h.address+port, "--syslog=none")...)
		h.try("tpops", err)
	})
	d.Addr = h.address + port
	s.t.Cleanup(func() {
		_ = d.Stop() // It may have been killed.
		if s.t.Failed() {
			s.t.Logf("%s:\n%s", h.name, d.Log())
		}
	})
	return d
}

// procmail delivers on one of the hosts, and finds out the name.
func (s *shared) procmail(u *mailUser, n int, content []byte) (uidl string, err error) {
	rule := filepath.Join(os.TempDir(), u.login+".rc")
	if err := os.WriteFile(rule, []byte(":0\n"+filepath.Join(mounted, u.login)+"/\n"), 0o600); err != nil {
		return "", err
	}
	cmd := exec.Command("procmail", "-m", rule)
	cmd.Stdin = bytes.NewReader(content)
	onThread(func() {
		s.hosts[n%2].enter()
		if out, failed := cmd.CombinedOutput(); failed != nil {
			err = fmt.Errorf("procmail: %w: %s", failed, out)
		}
	})
	if err != nil {
		return "", err
	}
	for range 100 {
		if name := unknown(u); name != "" {
			return name, nil
		}
	}
	return "", fmt.Errorf("no file of message %d for %s", n, u.login)
}

// unknown returns the UIDL of a message that is not known yet, as the file server has it. A
// file may be renamed between the two directories.
func unknown(u *mailUser) string {
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(u.dir, sub))
		if err != nil {
			u.t.Error(err)
		}
		for _, e := range entries {
			uidl, _, _ := strings.Cut(e.Name(), ":")
			if _, known := u.contents[uidl]; !known {
				return uidl
			}
		}
	}
	return ""
}

// flag renames a message on a host. Another host may have renamed or removed it.
func flag(h *host, u *mailUser) {
	onThread(func() {
		h.enter()
		dir := filepath.Join(mounted, u.login)
		var names []string
		for _, sub := range []string{"new", "cur"} {
			entries, _ := os.ReadDir(filepath.Join(dir, sub)) // Another message does as well.
			for _, e := range entries {
				names = append(names, filepath.Join(sub, e.Name()))
			}
		}
		if len(names) == 0 {
			return
		}
		name := names[rand.IntN(len(names))]
		uidl, _, _ := strings.Cut(filepath.Base(name), ":")
		flags := []string{"", "S", "F", "FS"}[rand.IntN(4)]
		_ = os.Rename(filepath.Join(dir, name), filepath.Join(dir, "cur", uidl+":2,"+flags)) // As above.
	})
}
