package workers

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/workers/process"
)

// admitting returns parallel-type fork with max-servers 1 that has a result of accept, and an
// event of a child that it has not recorded.
func admitting(t *testing.T) (f *fork, input process.Input) {
	t.Helper()
	f = newModel(t, load(t, "--parallel-type=fork", "--max-servers=1"), slog.New(slog.DiscardHandler)).(*fork)
	f.ports = append(f.ports, Listener{}.Port)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	client := os.NewFile(uintptr(pair[1]), "client")
	t.Cleanup(func() { client.Close() })
	if f.poller, err = process.NewPoller(nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.pool.Kill)
	f.waiting = true
	f.events.put(process.Event{Child: &process.Child{}, Report: process.Ready})
	return f, process.Input{Conn: os.NewFile(uintptr(pair[0]), "connection")}
}

// A connection counts before the next one is accepted, whatever else has happened.
func TestForkMaxServers(t *testing.T) {
	f, input := admitting(t)
	f.admitConn(input)
	if n := f.pool.Counts().All(); n != 1 || f.waiting || len(f.wanted) != 0 {
		t.Errorf("%d children of 1, accepts another: %v", n, f.waiting)
	}
}

// A daemon that has accepted a connection does not end for idle-exit.
func TestForkIdleExit(t *testing.T) {
	f, input := admitting(t)
	f.idleSince = time.Now()
	f.admitConn(input)
	if n := f.pool.Counts().All(); n != 1 || f.ending != 0 || !f.idleSince.IsZero() {
		t.Errorf("%d children, order %q", n, f.ending)
	}
	select {
	case <-f.stopped:
		t.Error("the daemon ends")
	default:
	}
}
