package pop3_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/sasl"
	"tpops/pkg/trace"
)

// collector is an observer that keeps all lines.
type collector struct {
	mu    sync.Mutex
	lines []pop3.DialogueLine
}

func (c *collector) Wants() bool { return true }

func (c *collector) Line(l *pop3.DialogueLine) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, *l)
}

// text returns the lines without their times.
func (c *collector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, l := range c.lines {
		b.WriteString(string(rune(l.Direction)) + " " + l.Text + "\n")
	}
	return b.String()
}

// canary is the password of mrose in observed sessions.
const canary = "Zq7xKcanary"

type canaryUser struct{}

func (canaryUser) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if a.Login == "panic" {
		panic("a fault in the authenticator")
	}
	if a.Login == "echo" { // as a server behind a proxy may do
		return nil, &pop3.Error{Code: pop3.CodeSysTemp, Text: "no user " + a.Login + " with " + a.Password}
	}
	if a.Login == "mrose" && a.Password == canary {
		return &pop3.Account{Name: "mrose"}, nil
	}
	return nil, pop3.ErrAuth
}

func (canaryUser) AuthenticateDigest(context.Context, string, string, string) (*pop3.Account, error) {
	return nil, pop3.ErrAuth
}

// observe sends input in a session, and returns its dialogue.
func observe(t *testing.T, input string) string {
	t.Helper()
	seen, _ := observeAndLog(t, input)
	return seen
}

// observeAndLog sends input in a session, and returns its dialogue, and the records of it
// in the log.
func observeAndLog(t *testing.T, input string) (dialogue, logged string) {
	t.Helper()
	drop := pop3test.NewMemory()
	drop.Add("Subject: s\r\n\r\nthe body\r\n")
	b := &pop3.Backend{
		Authenticator: canaryUser{}, Digest: canaryUser{}, Open: func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour, Hostname: "h", Mechanisms: sasl.Mechanisms(sasl.Users{Passwords: canaryUser{}, Hostname: "h"}),
	}
	seen := &collector{}
	var log strings.Builder
	s := pop3.NewServer(b, 1, slog.New(slog.NewTextHandler(&log, nil)), nil)
	s.Observer, s.Recorder = seen, trace.NewRecorder(1<<20)
	client, conn := net.Pipe()
	go func() {
		_, _ = io.WriteString(client, input+"\r\n*\r\nQUIT\r\n") // The server may end the session first.
	}()
	go func() { _, _ = io.Copy(io.Discard, client) }()
	if err := s.ServeConn(conn, pop3.Port{}, nil); err != nil {
		t.Error(err)
	}
	_ = client.Close()
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=dialogue ") {
			logged += line
		}
	}
	return seen.text(), logged
}

// What is not a command with public arguments is shown by its length.
func TestDialogueHidesSecrets(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("\x00mrose\x00" + canary))
	tests := []struct{ name, lines, want string }{
		{"a password", "USER mrose\r\nPASS " + canary, "C PASS (16 octets)"},
		{"a name", "USER " + canary, "C USER (16 octets)"},
		{"a second name", "USER mrose\r\nUSER " + canary, "C USER (16 octets)"},
		{"a small letter", "pass " + canary, "C PASS (16 octets)"},
		{"a space before it", " PASS " + canary, "C PASS (17 octets)"},
		{"a tab", "PASS\t" + canary, "C PASS (16 octets)"},
		{"a password after the name", "USER a PASS " + canary, "C USER (23 octets)"},
		{"only a password", canary, "C (11 octets)"},
		{"a control character", "\x1b]0;" + canary, "C (15 octets)"},
		{"a bare CR", "USER mrose\rPASS " + canary, "C USER (27 octets)"},
		{"APOP", "APOP mrose " + canary, "C APOP (22 octets)"},
		{"XCLIENT", "XCLIENT LOGIN=" + canary, "C XCLIENT (25 octets)"},
		{"an argument of QUIT", "QUIT " + canary, "C QUIT (16 octets)"},
		{"a command of the other state", "RETR " + canary, "C RETR (16 octets)"},
		{"a language", "LANG " + canary, "C LANG (16 octets)"},
		{"an initial response", "AUTH PLAIN " + encoded, "C AUTH PLAIN (24 octets)"},
		{"two initial responses", "AUTH PLAIN = " + encoded, "C AUTH (37 octets)"},
		{"a mechanism that does not exist", "AUTH " + canary, "C AUTH (16 octets)"},
		{"a response", "AUTH PLAIN\r\n" + encoded, "C (24 octets)"},
		{"a response in clear", "AUTH LOGIN\r\n" + canary, "C (11 octets)"},
		{"AUTH aborted", "AUTH PLAIN\r\n*\r\n" + canary, "C (11 octets)"},
		{"STLS", "STLS\r\nPASS " + canary, "C PASS (16 octets)"},
		{"an HTTP request", "GET /" + canary + " HTTP/1.1", "C (25 octets)"},
		{"a long line", strings.Repeat(canary, 200), "- session ends: command line too long"},
		{"a reply that repeats it", "USER echo\r\nPASS " + canary, "S -ERR [SYS/TEMP] (29 octets)"},
		{"after the login", "USER mrose\r\nPASS " + canary + "\r\nPASS " + canary + "\r\nRETR " + canary, "C RETR (16 octets)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := observe(t, test.lines)
			checkCanary(t, got)
			if !strings.Contains(got, test.want+"\n") {
				t.Errorf("no line %q in\n%s", test.want, got)
			}
		})
	}
}

// checkCanary fails if the dialogue has a part of the secret or of a message.
func checkCanary(t *testing.T, got string) {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString([]byte("\x00mrose\x00" + canary))
	for _, secret := range []string{canary[:5], canary[6:], encoded[:8], encoded[10:18], "the body", "\x1b"} {
		if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
			t.Errorf("%q in\n%s", secret, got)
		}
	}
}

// A whole dialogue, without bodies.
func TestDialogue(t *testing.T) {
	got := observe(t, "LANG EN\r\nUSER mrose\r\nPASS "+canary+"\r\nlist\r\nRETR  1\r\nTOP 1 0\r\nRETR 2\r\nRETR 12345678901")
	for _, want := range []string{
		"- session begins\n", "S +OK TPOPS ready. <", "C LANG en\n", "C USER (10 octets)\nS +OK password required\nC PASS (16 octets)\nS +OK ",
		"C LIST\nS +OK ", "\nS ...", "C RETR 1\nS +OK ", "S ...24 octets\n", "C TOP 1 0\n", "C RETR 2\nS -ERR ", "C RETR (16 octets)\n",
		"C QUIT\nS +OK ", "- session ends: quit\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	checkCanary(t, got)
}

// The log gets the last lines of a session that ends abnormally, and of no other.
func TestDialogueIsLogged(t *testing.T) {
	tests := []struct{ name, lines, want string }{
		{"quit", "USER mrose\r\nPASS " + canary + "\r\nRETR 1", ""},
		{"a wrong password", "USER mrose\r\nPASS x" + canary, ""},
		{"a fault", "USER panic\r\nPASS " + canary, `reason="internal error" lines=6 `},
		{"a long line", "USER mrose\r\nPASS " + canary + "\r\n" + strings.Repeat(canary, 200), `reason="command line too long" `},
		{"a long dialogue", strings.Repeat("NOOP "+canary+"\r\n", 2000) + strings.Repeat("x", 2000), `reason="command line too long" `},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, logged := observeAndLog(t, test.lines)
			checkCanary(t, logged)
			if !strings.Contains(logged, test.want) || (test.want == "") != (logged == "") {
				t.Errorf("no %q in %s", test.want, logged)
			}
			for line := range strings.Lines(logged) {
				if len(line) > 4000 {
					t.Errorf("a record of %d octets", len(line))
				}
			}
			if octets := len(logged); octets > 90_000 {
				t.Errorf("%d octets in all", octets)
			}
		})
	}
}

// The secret may be at any place, in any number of octets sent at once.
func FuzzDialogueHidesSecrets(f *testing.F) {
	f.Add("USER mrose\r\nPASS %\r\nRETR %\r\n")
	f.Add("AUTH PLAIN\r\n%\r\nAUTH LOGIN\r\n%\r\n%\r\n")
	f.Add("XCLIENT ADDR=%\r\n %\r\nAPOP % %\r\nauth % %\r\n%")
	f.Fuzz(func(t *testing.T, lines string) {
		if len(lines) > 4000 || strings.Contains(lines, canary[:5]) {
			return
		}
		got, logged := observeAndLog(t, strings.ReplaceAll(lines, "%", canary))
		if strings.Contains(got+logged, canary) {
			t.Errorf("%q:\n%s%s", lines, got, logged)
		}
	})
}
