package eventlog

import (
	"bufio"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
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
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write(nil)
	}
	if err != nil {
		t.Error(err)
	}
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
