package bed

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// Suite is a release of Debian, by its code name.
type Suite string

// The releases on which TPOPS is tested.
const (
	Bookworm Suite = "bookworm" // Debian 12, systemd 252
	Trixie   Suite = "trixie"   // Debian 13, systemd 257
)

// Suites returns every Suite.
func Suites() []Suite { return []Suite{Bookworm, Trixie} }

// patience is how long to wait for what takes a moment even on a machine with
// much else to do. Nothing that works takes so long.
const patience = 10 * time.Minute

// Machine is a booted machine. Goroutines may share it; methods that take a
// testing.TB may be called only where its FailNow may.
type Machine struct {
	Suite Suite

	supervisor *exec.Cmd
	life       *os.File      // closed, it ends the machine
	ended      chan struct{} // closed when the supervisor has ended and nothing is left
	console    *os.File      // what machine and supervisor write
	cgroup     string        // folder of its cgroup, seen from here
	leader     int           // process id of its systemd, seen from here
	network    *os.File      // its network namespace
}

// Start boots a machine with the packages added to the suite, whose services
// are up then, and waits until systemd has started everything without a
// failure. The machine ends with the test. If the test has failed, its log
// shows what the machine logged.
//
// The first time it builds what the machine is made of, with the Debian
// mirror that this machine's apt uses; that takes minutes. Where no machine can
// be booted, the test is skipped with the reason.
func Start(tb testing.TB, suite Suite, packages ...string) *Machine {
	tb.Helper()
	if reason := unable(); reason != "" {
		tb.Skipf("cannot boot a systemd here: %s", reason)
	}
	lower, err := lowerDirs(suite, packages)
	if err != nil {
		tb.Fatalf("build %s: %v", suite, err)
	}
	m, err := boot(suite, lower)
	if err != nil {
		tb.Fatalf("boot %s: %v", suite, err)
	}
	tb.Cleanup(func() { m.end(tb) })
	if err := m.waitRunning(); err != nil {
		tb.Fatalf("boot %s: %v\n%s", suite, err, m.log())
	}
	return m
}

// Poll asks every few milliseconds until the answer is yes, and fails the test
// if that takes a minute.
func Poll(tb testing.TB, what string, yes func() bool) {
	tb.Helper()
	if !poll(yes) {
		tb.Fatalf("not within %v: %s", patience, what)
	}
}

func poll(yes func() bool) bool {
	for deadline := time.Now().Add(patience); !yes(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
