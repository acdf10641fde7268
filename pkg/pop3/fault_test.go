package pop3_test

import (
	"context"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"tpops/pkg/pop3"
)

// failing is a mailbox in which a fault happens at one place, once.
type failing struct {
	pop3.Mailbox
	at    string
	fault func()
	done  *atomic.Bool
}

func (f failing) reach(place string) {
	if place == f.at && !f.done.Swap(true) {
		f.fault()
	}
}

func (f failing) Open(ctx context.Context, n int) (io.ReadCloser, error) {
	f.reach("Open")
	return f.Mailbox.Open(ctx, n)
}

func (f failing) Update(ctx context.Context, marks *pop3.Marks) error {
	f.reach("Update")
	return f.Mailbox.Update(ctx, marks)
}

func (f failing) Unfinished(iter.Seq[int], int) pop3.Again {
	f.reach("Unfinished")
	return pop3.Again{}
}

func (f failing) Rest() { f.reach("Rest") }

func (f failing) Close() error {
	err := f.Mailbox.Close()
	f.reach("Close")
	return err
}

// TestFaultAnywhere checks that a fault ends its session only, and that this one gives its
// mailbox, its connection and its place back. A thread that has lost its rights ends the
// goroutine instead of a panic.
func TestFaultAnywhere(t *testing.T) {
	faults := map[string]func(){"panic": func() { panic("a fault") }, "thread": runtime.Goexit}
	commands := map[string]string{
		"Open": "RETR 1\r\n", "Update": "DELE 1\r\nQUIT\r\n", "Close": "QUIT\r\n", "Unfinished": "RETR 1\r\n", "Rest": "",
	}
	for kind, fault := range faults {
		for place, command := range commands {
			t.Run(place+" "+kind, func(t *testing.T) {
				lock, done := &lockable{}, &atomic.Bool{}
				p := newParking(t, 1, false, func(b *pop3.Backend) {
					lock.open = b.Open
					b.Open = func(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
						mailbox, err := lock.Open(ctx, a, c)
						return failing{mailbox, place, fault, done}, err
					}
				})
				c, _ := p.loggedIn()
				_, _ = io.WriteString(c, command)
				if place == "Unfinished" {
					for c.line() != "." {
					}
					_ = c.Close()
				} else if text, _ := io.ReadAll(c.in); strings.Contains(string(text), "signing off") {
					t.Errorf("reply %q", text)
				}
				next, _ := p.loggedIn()
				next.want(next.ask("QUIT"), "+OK server signing off")
				p.ended(2)
				p.server.Close()
				if stats := p.server.Stats(); stats.Sessions != 0 || stats.Mailboxes != 0 || p.server.Connections() != 0 {
					t.Errorf("left behind: %+v, %d connections", stats, p.server.Connections())
				}
				want := map[string]string{"panic": "panic: a fault", "thread": `reason="mailbox lost"`}[kind]
				if kind == "thread" && place == "Unfinished" {
					want = `reason="connection closed by client"` // It has ended before.
				}
				if log := p.log.String(); !strings.Contains(log, want) {
					t.Error(log)
				}
			})
		}
	}
}
