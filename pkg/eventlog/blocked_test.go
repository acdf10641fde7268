package eventlog

import (
	"bufio"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// fill waits until the queue has no more room for logins.
func fill(l *Log) {
	for q := l.writer.queue; ; runtime.Gosched() {
		q.mu.Lock()
		size := q.waiting.other.size()
		q.mu.Unlock()
		if size > queueSize/8*7-2000 {
			return
		}
	}
}

// fillOutlet writes blank lines until there is no room for more, and returns how many
// times it wrote.
func fillOutlet(t *testing.T, outlet syscall.Conn) (writes int) {
	t.Helper()
	raw, err := outlet.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	failed := raw.Write(func(fd uintptr) bool {
		for ; err == nil; writes++ {
			_, err = unix.Write(int(fd), []byte("\n"))
		}
		return true
	})
	if failed != nil || err != unix.EAGAIN {
		t.Fatal(failed, err)
	}
	return writes - 1
}

// stop waits until the writer has taken a first record, which it cannot write. So all later
// ones wait in the queue, however late the writer runs.
func stop(l *Log) {
	l.Logger().Info("first")
	for q := l.writer.queue; ; runtime.Gosched() {
		q.mu.Lock()
		taken := len(q.waiting.other.entries) == 0
		q.mu.Unlock()
		if taken {
			return
		}
	}
}

// drain waits until all logins and ends are written: Close does not wait for a busy
// machine.
func drain(l *Log) {
	for l.writer.vital.Load() > 0 {
		runtime.Gosched()
	}
}

// While the socket of journald is full, 2,000 sessions lose no login and no end.
func TestBlockedJournal(t *testing.T) {
	socket, path := newJournald(t)
	l, err := Open(Config{Journal: path})
	if err != nil {
		t.Fatal(err)
	}
	for room := true; room; {
		conn := dialJournal(t, path)
		defer conn.Close()
		room = fillOutlet(t, conn) > 0 // Each socket has a limit of its own, too.
	}
	stop(l)
	ended := make(chan error, 1)
	go func() {
		serveSessions(l.Logger())
		drain(l)
		ended <- l.Close()
		sendEmpty(t, path)
	}()
	fill(l)
	var lines []string
	record := make([]byte, 64<<10)
	for {
		n, err := socket.Read(record)
		if err != nil {
			t.Fatal(err)
		}
		text := string(record[:n])
		if text == "" {
			break
		}
		lines = append(lines, between(text, "MESSAGE=", "\n"))
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	checkSessions(t, lines)
}

// sendEmpty sends an empty record.
func sendEmpty(t *testing.T, path string) {
	conn := dialJournal(t, path)
	defer conn.Close()
	if _, err := conn.Write(nil); err != nil {
		t.Error(err)
	}
}

func dialJournal(t *testing.T, path string) *net.UnixConn {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Error(err)
		runtime.Goexit()
	}
	return conn
}

// While no program reads standard error, 2,000 sessions lose no login and no end.
func TestBlockedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l, err := Open(Config{Stderr: w})
	if err != nil {
		t.Fatal(err)
	}
	fillOutlet(t, w)
	stop(l)
	ended := make(chan error, 1)
	go func() {
		defer w.Close()
		serveSessions(l.Logger())
		drain(l)
		ended <- l.Close()
	}()
	fill(l)
	var lines []string
	for text := bufio.NewScanner(r); text.Scan(); {
		_, line, _ := strings.Cut(text.Text(), " ")
		lines = append(lines, strings.TrimPrefix(line, "WARN "))
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	checkSessions(t, lines)
}
