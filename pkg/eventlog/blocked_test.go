package eventlog

import (
	"bufio"
	"fmt"
	"maps"
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

// blockedLog is a log that takes nothing until lines is called.
type blockedLog struct {
	*Log
	lines func() []string // reads the events until end was called
	end   func()
}

// eachBlocked runs a test with the socket of journald, which is full, and with standard
// error, which no program reads.
func eachBlocked(t *testing.T, test func(t *testing.T, b *blockedLog)) {
	for name, block := range map[string]func(*testing.T) *blockedLog{"journal": blockJournal, "pipe": blockPipe} {
		t.Run(name, func(t *testing.T) {
			b := block(t)
			stop(b.Log)
			test(t, b)
		})
	}
}

func blockJournal(t *testing.T) *blockedLog {
	socket, path := newJournald(t)
	l, err := Open(Config{Journal: path})
	if err != nil {
		t.Fatal(err)
	}
	for room := true; room; {
		conn := dialJournal(t, path)
		t.Cleanup(func() { conn.Close() })
		room = fillOutlet(t, conn) > 0 // Each socket has a limit of its own, too.
	}
	lines := func() (all []string) {
		record := make([]byte, 64<<10)
		for {
			n, err := socket.Read(record)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				return all
			}
			all = append(all, between(string(record[:n]), "MESSAGE=", "\n"))
		}
	}
	return &blockedLog{l, lines, func() { sendEmpty(t, path) }}
}

func blockPipe(t *testing.T) *blockedLog {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	l, err := Open(Config{Stderr: w})
	if err != nil {
		t.Fatal(err)
	}
	fillOutlet(t, w)
	lines := func() (all []string) {
		for text := bufio.NewScanner(r); text.Scan(); {
			_, line, _ := strings.Cut(text.Text(), " ")
			all = append(all, strings.TrimPrefix(line, "WARN "))
		}
		return all
	}
	return &blockedLog{l, lines, func() { w.Close() }}
}

// While a log takes nothing, 2,000 sessions lose no login and no end.
func TestBlocked(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b *blockedLog) {
		ended := make(chan error, 1)
		go func() {
			defer b.end()
			serveSessions(b.Logger())
			drain(b.Log)
			ended <- b.Close()
		}()
		fill(b.Log)
		lines := b.lines()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		checkSessions(t, lines)
	})
}

// While a log takes nothing, no session waits for it as long as the queue has room: the
// log is read only after all have ended. Then it gets each record.
func TestBlockedDelaysNoSession(t *testing.T) {
	const sessions = 100 // whose records take less room than there is
	eachBlocked(t, func(t *testing.T, b *blockedLog) {
		for n := range sessions {
			serveSession(b.Logger(), fmt.Sprint("s", n))
		}
		ended := make(chan error, 1)
		go func() {
			defer b.end()
			drain(b.Log)
			ended <- b.Close()
		}()
		lines := b.lines()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, line := range lines {
			if event, _, ok := strings.Cut(line, " session="); ok {
				found[event]++
			} else if strings.HasPrefix(line, "log ") {
				t.Error(line)
			}
		}
		want := map[string]int{
			"login": sessions, "login failed": sessions, "message retrieved": busyMessages * sessions, "session end": sessions,
		}
		if !maps.Equal(found, want) {
			t.Errorf("%v, want %v", found, want)
		}
	})
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
