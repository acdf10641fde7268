//go:build integration

package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// The user of most tests. The password has a space in it, as passwords may.
const (
	login    = "user"
	password = "pass word"
)

// programs builds the programs, with the race detector if the tests have it,
// and returns the folder they are in.
var programs = sync.OnceValues(func() (string, error) {
	folder, err := filepath.Abs("../.build/integration")
	if err != nil {
		return "", err
	}
	args := []string{"build", "-buildvcs=false", "-ldflags", "-X main.version=1.2.3-test"}
	if raceDetector {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "-o", folder+"/", "../cmd/tpops", "../cmd/tpops_passwd", "../cmd/tpopsctl")...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build the programs: %w", err)
	}
	return folder, nil
})

// program returns the path of one of our programs.
func program(t *testing.T, name string) string {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

// start starts the server; it is stopped at the end of the test.
func start(t *testing.T, params ...string) *daemon.Daemon {
	t.Helper()
	d, err := daemon.Start(program(t, "tpops"), params...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
	})
	return d
}

// mailbox is a Maildir, and a passwd-file in which a user has it.
type mailbox struct {
	dir   string // the Maildir
	users string // the passwd-file
}

// newMailbox makes a mailbox of the messages.
func newMailbox(t *testing.T, messages []corpus.Message) mailbox {
	t.Helper()
	dir := t.TempDir()
	m := mailbox{filepath.Join(dir, "Maildir"), filepath.Join(dir, "users")}
	if err := corpus.Write(m.dir, messages); err != nil {
		t.Fatal(err)
	}
	user := daemon.User{Login: login, Password: "{PLAIN}" + password, Maildir: m.dir}
	if err := daemon.WriteUsers(m.users, user); err != nil {
		t.Fatal(err)
	}
	return m
}

// start starts a server for the mailbox.
func (m mailbox) start(t *testing.T, params ...string) *daemon.Daemon {
	t.Helper()
	return start(t, slices.Concat([]string{"--auth-type=passwd-file", "--passwd-file=" + m.users}, params)...)
}

// params are those with which a server serves the mailbox, and more.
func (m mailbox) params(more ...string) []string {
	return append([]string{"--auth-type=passwd-file", "--passwd-file=" + m.users, "--syslog=none"}, more...)
}

// files returns the names of the messages in the mailbox, with new/ or cur/.
func (m mailbox) files(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(m.dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			files = append(files, sub+"/"+e.Name())
		}
	}
	return files
}

// restart ends the server at the port, and starts another one there.
func restart(t *testing.T, box mailbox, old *daemon.Daemon) *daemon.Daemon {
	t.Helper()
	if err := old.Stop(); err != nil {
		t.Fatal(err)
	}
	return box.start(t, "--port="+old.Addr)
}
