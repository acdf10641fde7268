//go:build integration

package dovecot

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tpops/test/clients"
	"tpops/test/fixture"
)

// courierFolder is where Courier is unpacked.
const courierFolder = "/var/cache/tpops-test/courier"

// courier is Courier's POP3 server without its login: a program that serves the
// Maildir in which it is started on its standard input.
type courier struct {
	program string
	libs    []string
}

func newCourier(t *testing.T) courier {
	t.Helper()
	fixture.NeedRoot(t)
	fixture.Command(t, "sh", "../migration/courier.sh", courierFolder)
	c := courier{program: courierFolder + "/usr/lib/courier/courier/courierpop3d"}
	for _, pattern := range []string{"libcourierauth.so.*", "*/libcourier-unicode.so.*"} {
		found, err := filepath.Glob(courierFolder + "/usr/lib/" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		c.libs = append(c.libs, filepath.Dir(found[0]))
	}
	return c
}

// session sends commands and returns the answers.
func (c courier) session(t *testing.T, maildir string, commands ...string) string {
	t.Helper()
	cmd := exec.Command(c.program, ".")
	cmd.Dir = maildir
	cmd.Env = []string{"LD_LIBRARY_PATH=" + strings.Join(c.libs, ":"), "AUTHENTICATED=u", "AUTHADDR=u", "TCPREMOTEIP=127.0.0.1"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: clients.Nobody, Gid: clients.Nobody}}
	cmd.Stdin = strings.NewReader(strings.Join(append(commands, "QUIT"), "\r\n") + "\r\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", c.program, err, out)
	}
	return string(out)
}

// uidls returns what it lists.
func (c courier) uidls(t *testing.T, maildir string) []string {
	t.Helper()
	answers := c.session(t, maildir, "UIDL")
	_, list, _ := strings.Cut(answers, "+OK\r\n")
	list, _, found := strings.Cut(list, ".\r\n")
	if !found {
		t.Fatalf("UIDL: %q", answers)
	}
	return slices.Collect(strings.Lines(list))
}

// TestWeekBesideCourier has Courier's POP3 server and ours serve one Maildir. After
// each step both list the same UIDLs in the same order, whichever looks first.
func TestWeekBesideCourier(t *testing.T) {
	const steps = 80
	c := newCourier(t)
	b := &beside{Server: &Server{dir: tempFolder(t)}, t: t}
	b.Deliver(t, 0, []string{"Subject: old\n\nx\n"})
	dir := b.Maildir(0)
	b.args = []string{"--auth-type=passwd-file", "--passwd-file=" + fixture.Write(t, "users", b.Users()), "--maildir-uidl=courier"}
	b.ours = fixture.Start(t, b.args...)
	w := &week{beside: b, random: rand.New(rand.NewPCG(3, 4))}
	most := 0
	for step := range steps {
		action := w.random.IntN(7)
		n := w.count(0)
		switch {
		case action == 0:
			w.intoCur(0)
		case action == 1 && n > 0:
			w.fetch(b.ours.Addr, 0, true)
		case action == 2 && n > 0:
			number := 1 + w.random.IntN(n)
			c.session(t, dir, fmt.Sprintf("RETR %d", number), fmt.Sprintf("DELE %d", number))
		case action == 3 && n > 0:
			c.session(t, dir, fmt.Sprintf("RETR %d", 1+w.random.IntN(n)))
		case action == 4:
			w.restart()
		default:
			w.plain(0)
		}
		lists := [2]func() []string{func() []string { return c.uidls(t, dir) }, func() []string { return b.poll(b.ours.Addr, 0) }}
		first := w.random.IntN(2)
		one := lists[first]()
		if other := lists[1-first](); !slices.Equal(one, other) {
			t.Fatalf("step %d, action %d, %d first:\n%q\n%q\n%s", step, action, first, one, other, fixture.Read(t, dir+"/courierpop3dsizelist"))
		}
		most = max(most, len(one))
	}
	if most < 10 {
		t.Errorf("there were never more than %d messages", most)
	}
	if strings.Contains(b.ours.Log(), "messages left out") {
		t.Error(b.ours.Log())
	}
}

// tempFolder returns a folder that all users may enter.
func tempFolder(t *testing.T) string {
	t.Helper()
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-beside-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
