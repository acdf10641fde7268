package workers

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/workers/process"
)

// reportsOf returns the reports that wait for the parent.
func reportsOf(parent int) (reports string) {
	report := make([]byte, 16)
	for {
		n, _, err := unix.Recvfrom(parent, report, unix.MSG_DONTWAIT)
		if err != nil {
			return reports
		}
		reports += string(report[:n])
	}
}

// A child reports that it is idle once, and only if no client comes during the lull after a
// session.
func TestLull(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	parent, control := pair[0], os.NewFile(uintptr(pair[1]), "control")
	defer unix.Close(parent)
	defer control.Close()
	poller, err := process.NewPoller(control, file)
	if err != nil {
		t.Fatal(err)
	}
	defer poller.StopAccepting()
	c := &Child{poller: poller, lull: time.Minute}
	c.reportBusy()
	time.AfterFunc(20*time.Millisecond, func() {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		client.Close()
	})
	input := c.next(time.Minute)
	if input.Conn == nil {
		t.Fatalf("%+v", input)
	}
	input.Conn.Close()
	c.reportBusy()
	if got := reportsOf(parent); got != string(process.Busy) {
		t.Errorf("a client came during the lull: reports %q", got)
	}
	c.lull = time.Millisecond
	for range 2 {
		if input := c.next(quiet / 100); input != (process.Input{}) {
			t.Errorf("%+v", input)
		}
	}
	if got := reportsOf(parent); got != string(process.Idle) {
		t.Errorf("no client came: reports %q", got)
	}
}
