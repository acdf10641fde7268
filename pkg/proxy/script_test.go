package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// backend is a server that sends the replies of a script. The script has a line "COMMAND
// > REPLY" for each command, and one for the greeting, without a command. A reply has
// escapes such as \r as in Go; CRLF is added unless it ends in \n. Three words have a
// special meaning:
//
// (close) closes the connection; (silent) sends nothing; (bytes) before a reply sends it
// octet by octet.
//
// Commands that the script does not contain get the replies of an ordinary server with
// two messages.
type backend struct {
	addr  string
	large func() // sends the message in the reply to RETR 2

	mu       sync.Mutex
	commands []string
}

// ordinary has the replies for commands that a script does not contain.
var ordinary = map[string]string{
	"":       "+OK ready",
	"CAPA":   `+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.`,
	"USER":   "+OK",
	"PASS":   "+OK",
	"STAT":   "+OK 2 30",
	"LIST":   `+OK\r\n1 10\r\n2 20\r\n.`,
	"UIDL":   `+OK\r\n1 a\r\n2 b\r\n.`,
	"LAST":   "-ERR unknown command",
	"RETR 1": `+OK\r\nSubject\r\n.`,
	"TOP 1":  `+OK\r\nTop\r\n.`,
	"NOOP":   "+OK",
	"RSET":   "+OK",
	"DELE":   "+OK",
	"QUIT":   "+OK",
}

// startBackend starts a backend on a free port.
func startBackend(t *testing.T, script string) *backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{addr: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { b.serve(conn, script) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return b
}

// serve serves one connection.
func (b *backend) serve(conn net.Conn, script string) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if reply(conn, answerOf(script, "")) {
		b.talk(conn, script)
	}
}

// talk replies to commands.
func (b *backend) talk(conn net.Conn, script string) {
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.TrimSuffix(line, "\r\n")
		b.mu.Lock()
		b.commands = append(b.commands, command)
		b.mu.Unlock()
		if b.large != nil && command == "RETR 2" {
			_, _ = io.WriteString(conn, "+OK\r\n")
			b.large()
			_, _ = io.WriteString(conn, ".\r\n")
			continue
		}
		if !reply(conn, answerOf(script, command)) || command == "QUIT" {
			return
		}
	}
}

// answerOf returns the reply to a command, or the greeting.
func answerOf(script, command string) string {
	for line := range strings.Lines(script) {
		before, answer, ok := strings.Cut(strings.TrimSpace(line), "> ")
		if ok && matches(command, strings.TrimSpace(before)) {
			return answer
		}
	}
	for before, answer := range ordinary {
		if matches(command, before) {
			return answer
		}
	}
	return "-ERR what?"
}

func matches(command, pattern string) bool {
	return command == pattern || pattern != "" && strings.HasPrefix(command, pattern+" ")
}

// reply sends a reply. It reports whether the connection is still open.
func reply(conn net.Conn, answer string) bool {
	switch answer {
	case "(close)":
		return false
	case "(silent)":
		_, _ = io.Copy(io.Discard, conn) // until the other side closes it
		return false
	}
	answer, slow := strings.CutPrefix(answer, "(bytes)")
	answer, closes := strings.CutSuffix(answer, "(close)")
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(answer, `"`, `\"`) + `"`)
	if err != nil {
		panic(err)
	}
	if !strings.HasSuffix(text, "\n") && !closes {
		text += "\r\n"
	}
	pieces := []string{text}
	if slow {
		pieces = strings.Split(text, "")
	}
	for _, piece := range pieces {
		if _, err := io.WriteString(conn, piece); err != nil {
			return false
		}
		if slow {
			time.Sleep(time.Millisecond) // so that it is sent in a separate packet
		}
	}
	return !closes
}

// received returns the received commands, without their arguments.
func (b *backend) received() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var words []string
	for _, command := range b.commands {
		word, _, _ := strings.Cut(command, " ")
		words = append(words, word)
	}
	return words
}

// deletes reports whether a command was received that might delete a message.
func (b *backend) deletes() bool {
	words := b.received()
	return slices.Contains(words, "QUIT")
}

// all returns the received commands.
func (b *backend) all() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprint(strings.Join(b.commands, "; "))
}

// startWithHeader starts an ordinary backend that expects a PROXY header.
func startWithHeader(t *testing.T, headers chan<- *proxyproto.Header) (addr string) {
	t.Helper()
	return acceptOne(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		h, err := proxyproto.Read(in)
		if err != nil {
			t.Error(err)
			_ = conn.Close()
			return
		}
		headers <- h
		new(backend).serve(conn, "") // No other data has arrived yet.
	})
}

// acceptOne listens for one connection. It waits for the end of serve when the test
// ends.
func acceptOne(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := l.Accept(); err == nil {
			serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}
