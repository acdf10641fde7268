package proxy_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// front is this server with a proxy backend, and its client.
type front struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	log  *strings.Builder // complete once the session has ended
	done chan struct{}
}

// anybody accepts all logins, so that the backend decides.
type anybody struct{}

func (anybody) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return &pop3.Account{Name: a.Login, UID: -1, GID: -1}, nil
}

func newFront(t *testing.T, p *proxy.Proxy) *front {
	t.Helper()
	f := &front{t: t, log: &strings.Builder{}, done: make(chan struct{})}
	server := pop3.NewServer(&pop3.Backend{
		Authenticator: anybody{}, Open: p.Open, CommandTimeout: time.Minute, ConnectionKeepTime: time.Hour,
	}, 1, slog.New(slog.NewTextHandler(f.log, nil)), nil)
	ours, theirs := net.Pipe()
	f.conn, f.in = ours, bufio.NewReader(ours)
	go func() {
		_ = server.ServeConn(theirs, pop3.Port{}, nil)
		close(f.done)
	}()
	t.Cleanup(func() {
		_ = ours.Close()
		server.Close()
	})
	_ = ours.SetDeadline(time.Now().Add(time.Minute))
	f.line()
	return f
}

// line returns the next line of the server, or "closed".
func (f *front) line() string {
	text, err := f.in.ReadString('\n')
	if err != nil && text == "" {
		return "closed"
	}
	return strings.TrimSuffix(text, "\r\n")
}

// talk sends the commands of a dialogue, one "COMMAND > REGEXP" on each line, and
// compares the replies. A line without a command expects one more line.
func (f *front) talk(dialogue string) {
	f.t.Helper()
	for row := range strings.Lines(dialogue) {
		command, want, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "> ")
		if !ok {
			continue
		}
		if command = strings.TrimSpace(command); command != "" {
			_, _ = fmt.Fprintf(f.conn, "%s\r\n", command)
		}
		if got := f.line(); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			f.t.Errorf("%s: %q, want %s", command, got, want)
		}
	}
}

const temporary = `-ERR \[SYS/TEMP\] service unavailable, try again later`

// hostile lists behaviour of unreliable backends and the client's view of it. In no case
// is a message deleted on the backend.
var hostile = []struct {
	name, script, dialogue string
	log                    string // expected in the log
}{
	// Before the login has succeeded, the client may try again.
	{"nonsense for a greeting", `> SSH-2.0-OpenSSH`, "PASS x > " + temporary + "\nQUIT > \\+OK.*", "not POP3"},
	{"a greeting that refuses", `> -ERR [SYS/TEMP] full`, "PASS x > " + temporary, "full"},
	{"a silent server", `> (silent)`, "PASS x > " + temporary, "greeting"},
	{"closed at once", `> (close)`, "PASS x > " + temporary, "closed the connection"},
	{"an endless greeting", `> +OK ` + strings.Repeat("x", 20000), "PASS x > " + temporary, "more than 1024"},
	{"an endless CAPA", `CAPA > +OK\r\n` + strings.Repeat(`x\r\n`, 200), "PASS x > " + temporary, "more than 100 lines"},
	{"silent at USER", `USER > (silent)`, "PASS x > " + temporary, "USER"},
	{"silent at PASS", `PASS > (silent)`, "PASS x > " + temporary, "PASS"},
	{"closed at USER", `USER > (close)`, "PASS x > " + temporary, "USER"},
	{"closed at PASS", `PASS > (close)`, "PASS x > " + temporary, "PASS"},
	{"nonsense at PASS", `PASS > 535 no`, "PASS x > " + temporary, "not POP3"},
	{"an echo", `PASS > PASS secret`, "PASS secret > " + temporary, "echo of the password"},
	{"closed in STAT", `STAT > (close)`, "PASS x > " + temporary, "STAT"},
	{"silent in LIST", `LIST > +OK\r\n1 10\r\n2`, "PASS x > " + temporary, "LIST"},
	{"closed in LIST", `LIST > +OK\r\n1 10(close)`, "PASS x > " + temporary, "LIST"},
	{"closed in UIDL", `UIDL > +OK\r\n1 a\r\n(close)`, "PASS x > " + temporary, "UIDL"},
	{"silent in LAST", `LAST > (silent)`, "PASS x > " + temporary, "LAST"},
	{"STAT of nonsense", `STAT > +OK two messages`, "PASS x > " + temporary, "two messages"},
	{"STAT of a negative number", `STAT > +OK -2 30`, "PASS x > " + temporary, "-2"},
	{"STAT of too many messages", `STAT > +OK 99999999 30`, "PASS x > " + temporary, "not served"},
	{"STAT of another number", `STAT > +OK 3 30`, "PASS x > " + temporary, "STAT has 3"},
	{"STAT of another size", `STAT > +OK 2 31`, "PASS x > " + temporary, "STAT has 2 of 31"},
	{"LIST with too many", `LIST > +OK\r\n1 10\r\n2 20\r\n3 0\r\n.`, "PASS x > " + temporary, "more than 2 lines"},
	{"LIST without end", `LIST > +OK\r\n1 ` + strings.Repeat("0", 2000), "PASS x > " + temporary, "more than 1024"},
	{"LIST with a gap", `LIST > +OK\r\n1 10\r\n3 20\r\n.`, "PASS x > " + temporary, "3 20"},
	{"LIST with a message twice", `LIST > +OK\r\n1 10\r\n1 20\r\n.`, "PASS x > " + temporary, "1 20"},
	{"LIST from 0", `LIST > +OK\r\n0 10\r\n1 20\r\n.`, "PASS x > " + temporary, "0 10"},
	{"LIST of huge sizes", `LIST > +OK\r\n1 9223372036854775807\r\n2 20\r\n.`, "PASS x > " + temporary, "2 20"},
	{"LIST refused", `LIST > -ERR [AUTH] no`, `PASS x > -ERR \[SYS/TEMP\] no`, "LIST"},
	{"UIDL refused though announced", `UIDL > -ERR what?`, `PASS x > -ERR \[SYS/TEMP\] what\?`, "UIDL"},
	{"UIDL refused for now", "CAPA > -ERR\nUIDL > -ERR [SYS/TEMP] later", `PASS x > -ERR \[SYS/TEMP\] later`, "UIDL"},
	{"the end of the session in place of UIDL", "CAPA > -ERR\nUIDL > -ERR Disconnected.\nXNONE > (close)", "PASS x > " + temporary, "UIDL"},
	{"LAST refused for now", `LAST > -ERR [SYS/TEMP] later`, `PASS x > -ERR \[SYS/TEMP\] later`, "LAST"},
	{"UIDL refused for now in words", "CAPA > -ERR\nUIDL > -ERR Maildrop temporarily unavailable", `PASS x > -ERR \[SYS/TEMP\] Maildrop temporarily unavailable`, "UIDL"},
	{"UIDL refused for a reason", "CAPA > -ERR\nUIDL > -ERR cannot read the list\nXNONE > -ERR what's that?", `PASS x > -ERR \[SYS/TEMP\] cannot read the list`, "UIDL"},
	{"UIDL not announced, and refused for now", `CAPA > +OK\r\nTOP\r\n.` + "\nUIDL > -ERR already in use", `PASS x > -ERR \[SYS/TEMP\] already in use`, "UIDL"},
	{"UIDL announced, and refused for a reason", `UIDL > -ERR cannot read the list`, `PASS x > -ERR \[SYS/TEMP\] cannot read the list`, "UIDL"},
	{"closed after UIDL was refused", "CAPA > -ERR\nUIDL > -ERR\nXNONE > (close)", "PASS x > " + temporary, "UIDL"},
	{"silent after UIDL was refused", "CAPA > -ERR\nUIDL > -ERR\nXNONE > (silent)", "PASS x > " + temporary, "UIDL"},
	{"LAST refused for now in words", `LAST > -ERR too many users, try again`, `PASS x > -ERR \[SYS/TEMP\] too many users, try again`, "LAST"},
	{"CAPA refused for now", `CAPA > -ERR [SYS/TEMP] later`, `PASS x > -ERR \[SYS/TEMP\] later`, "CAPA"},
	{"CAPA refused with a code for something else", `CAPA > -ERR [AUTH] no`, `PASS x > -ERR \[SYS/TEMP\] no`, "CAPA"},
	{"CAPA refused for now in words", `CAPA > -ERR server busy`, `PASS x > -ERR \[SYS/TEMP\] server busy`, "CAPA"},
	{"UIDL with one missing", `UIDL > +OK\r\n1 a\r\n.`, "PASS x > " + temporary, "1 messages have a UIDL"},
	{"UIDL without one", `UIDL > +OK\r\n1 a\r\n2\r\n.`, "PASS x > " + temporary, "not POP3"},
	{"UIDL in another order", `UIDL > +OK\r\n2 b\r\n1 a\r\n.`, "PASS x > " + temporary, "2 b"},
	{"UIDL too long", `UIDL > +OK\r\n1 ` + strings.Repeat("u", 71) + `\r\n2 b\r\n.`, "PASS x > " + temporary, "uuu"},
	{"UIDL not printable", `UIDL > +OK\r\n1 a\x01\r\n2 b\r\n.`, "PASS x > " + temporary, "x01"},
	{"LAST without a number", `LAST > +OK none`, "PASS x > " + temporary, "none"},
	{"LAST beyond the end", `LAST > +OK 3`, "PASS x > " + temporary, "LAST"},
	{"more than was asked for", `UIDL > +OK\r\n1 a\r\n2 b\r\n.\r\n+OK 0\r\n+OK surprise`,
		"PASS x > \\+OK.*\nRETR 1 > " + temporary + "\n> closed", "unexpected data"},

	// After it the session ends, because another session would not have its deletions.
	{"nonsense at RETR", `RETR > 250 here`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nRETR 1 > " + temporary + "\n> closed", "not POP3"},
	{"closed at RETR", `RETR > (close)`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nRETR 1 > " + temporary + "\n> closed", "RETR"},
	{"silent at RETR", `RETR > (silent)`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nRETR 1 > " + temporary + "\n> closed", "RETR"},
	{"closed in a message", `RETR > +OK\r\nSubj(close)`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nRETR 1 > \\+OK.*\n> Subj\n> closed", "middle of a message"},
	{"silent in a message", `RETR > +OK\r\nSubject`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nRETR 1 > \\+OK.*\n> Subject\n> closed", "middle of a message"},
	{"closed before the dot", `RETR > +OK\r\nSubj\r\n.\r(close)`, "PASS x > \\+OK.*\nRETR 1 > \\+OK.*\n> Subj\n> closed", "middle of a message"},
	{"more after the dot", `RETR > +OK\r\nS\r\n.\r\n+OK`, "PASS x > \\+OK.*\nRETR 1 > \\+OK.*\n> S\n> \\.\nRETR 1 > " + temporary + "\n> closed", "unexpected data"},
	{"closed at TOP", `TOP > (close)`, "PASS x > \\+OK.*\nTOP 1 0 > " + temporary + "\n> closed", "TOP"},

	// Unless QUIT has been sent, no message is deleted.
	{"closed at DELE", `DELE > (close)`, "PASS x > \\+OK.*\nDELE 1 > \\+OK.*\nQUIT > -ERR \\[SYS/TEMP\\] service unavailable, no message was deleted\n> closed", "DELE"},
	{"silent at DELE", `DELE > (silent)`, "PASS x > \\+OK.*\nDELE 1 > \\+OK.*\nQUIT > -ERR \\[SYS/TEMP\\] service unavailable, no message was deleted\n> closed", "DELE"},
	{"nonsense at DELE", `DELE 2 > OK`, "PASS x > \\+OK.*\nDELE 1 > \\+OK.*\nDELE 2 > \\+OK.*\nQUIT > -ERR .*no message was deleted\n> closed", "DELE"},
	{"RSET refused", `RSET > -ERR no`, "PASS x > \\+OK.*\nRETR 1 > \\+OK.*\n> Subject\n> \\.\nRSET > \\+OK\nDELE 1 > \\+OK.*\nQUIT > -ERR .*no message was deleted\n> closed", "RSET"},
	{"messages are logged that no QUIT has deleted", `DELE 2 > (close)`, "PASS x > \\+OK.*\nDELE 2 > \\+OK.*\nQUIT > -ERR .*no message was deleted\n> closed", `msg="message deletion failed"`},

	// If there is nothing to delete, the client has got all that it wanted.
	{"RSET refused, and nothing to delete", `RSET > -ERR no`, "PASS x > \\+OK.*\nRETR 1 > \\+OK.*\n> Subject\n> \\.\nRSET > \\+OK\nQUIT > \\+OK.*\n> closed", "RSET"},
}

// pipeProxy returns a proxy for a backend that is reached without a network.
func pipeProxy(t *testing.T, b *backend, script string) *proxy.Proxy {
	p := newProxy(t, nil, "backend")
	p.DialWith(func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go b.serve(theirs, script)
		return ours, nil
	})
	return p
}

func TestHostile(t *testing.T) {
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &backend{}
				f := newFront(t, pipeProxy(t, b, test.script))
				f.talk("USER joe > \\+OK.*\n" + test.dialogue)
				_ = f.conn.Close()
				<-f.done
				if b.deletes() {
					t.Errorf("the backend received %s", b.all())
				}
				if !strings.Contains(f.log.String(), test.log) {
					t.Errorf("no %q in the log:\n%s", test.log, f.log)
				}
				if strings.Contains(f.log.String(), "secret") {
					t.Errorf("the password is in the log:\n%s", f.log)
				}
			})
		})
	}
}

// Without a good reply to QUIT it is not known what was deleted. The client and the log
// report this.
func TestQuitNotAnswered(t *testing.T) {
	const unknown = "service unavailable, perhaps not all deleted messages were removed"
	for script, reply := range map[string]string{
		`QUIT > (close)`: unknown, `QUIT > (silent)`: unknown, `QUIT > 221 bye`: unknown,
		`QUIT > -ERR some not removed`: "some not removed", `QUIT > -ERR [IN-USE] no`: "no", `QUIT > -ERR`: "some deleted messages not removed",
		"DELE 1 > -ERR gone\nQUIT > -ERR no": "no", "DELE 1 > -ERR gone\nQUIT > (close)": unknown,
	} {
		t.Run(script, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, pipeProxy(t, &backend{}, script))
				f.talk("USER joe > \\+OK.*\nPASS x > \\+OK.*\nDELE 1 > \\+OK.*\nDELE 2 > \\+OK.*\n" +
					"QUIT > -ERR \\[SYS/TEMP\\] " + reply + "\n> closed")
				<-f.done
				kept := strings.Count(script, "DELE")
				for text, want := range map[string]int{
					`msg="message deleted"`: 0, `msg="message deletion failed"`: kept, `msg="message deletion unconfirmed"`: 2 - kept,
					fmt.Sprintf("deleted=0 sent=0 tops=0 messages=2 octets=30 unconfirmed=%d", 2-kept): 1,
				} {
					if got := strings.Count(f.log.String(), text); got != want {
						t.Errorf("%d times %s, want %d:\n%s", got, text, want, f.log)
					}
				}
			})
		})
	}
}

// A client that has deleted nothing does not learn that QUIT has failed.
func TestQuitForNothing(t *testing.T) {
	for _, script := range []string{`QUIT > (close)`, `QUIT > (silent)`, `QUIT > 221 bye`, `QUIT > -ERR no`} {
		t.Run(script, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, pipeProxy(t, &backend{}, script))
				f.talk("USER joe > \\+OK.*\nPASS x > \\+OK.*\nRETR 1 > \\+OK.*\n> Subject\n> \\.\nQUIT > \\+OK.*\n> closed")
				<-f.done
				if log := f.log.String(); !strings.Contains(log, `msg="session error"`) || !strings.Contains(log, "QUIT") || strings.Contains(log, "unconfirmed=") {
					t.Error(log)
				}
			})
		})
	}
}

// A fault of the backend is never an authentication error, and the client can
// distinguish them.
func TestTroubleIsNotAuth(t *testing.T) {
	for _, test := range hostile {
		if strings.Contains(test.dialogue, `\[AUTH\]`) {
			t.Errorf("%s: [AUTH] expected", test.name)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close() // Nothing listens there any more.
	if m, err := open(t, newProxy(t, nil, addr)); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("%v, %v", m, err)
	}
}
