//go:build systemd

package systemd

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// visit is a session with the server of a site. Its methods fail the test
// when the connection or an answer is not as it should be.
type visit struct {
	*daemon.Client
	t        *testing.T
	greeting string
	noted    string // an answer to compare a later one with
}

// visit connects to the usual port.
func (s *site) visit() *visit {
	s.t.Helper()
	return s.visitAt(pop3Port)
}

// connect connects, and reads nothing.
func (s *site) connect(address string) *visit {
	s.t.Helper()
	conn, err := s.Dial(address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return &visit{Client: daemon.NewClient(conn), t: s.t}
}

// visitAt connects, and reads the greeting.
func (s *site) visitAt(address string) *visit {
	s.t.Helper()
	v := s.connect(address)
	v.greeting = v.line(`^\+OK `)
	return v
}

// login connects and logs in.
func (s *site) login(user string) *visit {
	s.t.Helper()
	v := s.visit()
	v.login(user)
	return v
}

func (v *visit) login(user string) {
	v.t.Helper()
	v.want("USER "+user, `^\+OK`)
	v.want("PASS "+userPassword, `^\+OK`)
}

// line reads a line, which has to match.
func (v *visit) line(pattern string) string {
	v.t.Helper()
	line, err := v.Line()
	if err != nil {
		v.t.Fatalf("%q, %v, want %s", line, err, pattern)
	}
	if !regexp.MustCompile(pattern).MatchString(line) {
		v.t.Fatalf("%q, want %s", line, pattern)
	}
	return line
}

// send sends octets as they are.
func (v *visit) send(text string) {
	v.t.Helper()
	if _, err := io.WriteString(v, text); err != nil {
		v.t.Fatal(err)
	}
}

// want sends a command and reads the first line of the answer.
func (v *visit) want(command, pattern string) string {
	v.t.Helper()
	v.send(command + "\r\n")
	return v.line(pattern)
}

// multi sends a command with an answer of several lines.
func (v *visit) multi(command string) []byte {
	v.t.Helper()
	status, lines, err := v.Multi(command)
	if err != nil || !strings.HasPrefix(status, "+OK") {
		v.t.Fatalf("%s: %q, %v", command, status, err)
	}
	return lines
}

// wantMessages fetches all messages and compares them.
func (v *visit) wantMessages(messages []corpus.Message) {
	v.t.Helper()
	v.want("STAT", fmt.Sprintf(`^\+OK %d `, len(messages)))
	for i := range messages {
		if got := v.multi(fmt.Sprintf("RETR %d", i+1)); !bytes.Equal(got, corpus.Wire(messages[i].Data)) {
			v.t.Errorf("message %d (%s) has %d octets and is not as delivered", i+1, messages[i].Kind, len(got))
		}
	}
}

// closed reads the end of the connection.
func (v *visit) closed() {
	v.t.Helper()
	if line, err := v.Line(); err == nil || line != "" {
		v.t.Fatalf("%q, %v, want the end of the connection", line, err)
	}
}

// quit ends the session.
func (v *visit) quit() {
	v.t.Helper()
	v.want("QUIT", `^\+OK`)
	v.closed()
}

// version returns the version that the server announces (RFC 2449 §6.9).
func (v *visit) version() string {
	v.t.Helper()
	const tag = "IMPLEMENTATION TPOPS-"
	for line := range bytes.Lines(v.multi("CAPA")) {
		if version, found := strings.CutPrefix(string(line), tag); found {
			return strings.TrimSpace(version)
		}
	}
	v.t.Fatal("no IMPLEMENTATION in CAPA")
	return ""
}
