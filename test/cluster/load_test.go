//go:build integration || cluster || nfs

package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tpops/test/daemon"
)

// load are clients at work, one for each user, while mail arrives.
type load struct {
	t         *testing.T
	addresses []string
	patient   time.Duration // how long a failure may last
	stop      context.CancelFunc
	group     sync.WaitGroup
	sessions  atomic.Int64   // that ended well
	failed    atomic.Int64   // that were refused or broke
	started   []atomic.Int64 // for each user, when its last good session began, in ns of Unix time
	reasons   sync.Map       // texts of failures
}

// newLoad starts the clients, which connect to the addresses in turn.
func newLoad(t *testing.T, users []*mailUser, addresses ...string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{t: t, addresses: addresses, patient: 2 * users[0].patient, stop: cancel, started: make([]atomic.Int64, len(users))}
	for n, u := range users {
		l.group.Go(func() {
			for turn := n; ctx.Err() == nil; turn++ {
				l.once(u, n, addresses[turn%len(addresses)])
				time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			}
		})
	}
	return l
}

// once runs a session and counts it.
func (l *load) once(u *mailUser, n int, address string) {
	u.deliver()
	start := time.Now()
	if err := u.session(address); err != nil {
		l.failed.Add(1)
		l.reasons.Store(err.Error(), true)
		return
	}
	l.sessions.Add(1)
	l.started[n].Store(start.UnixNano())
}

// dial connects as the user's client.
func (u *mailUser) dial(address string) (*daemon.Client, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(u.address)}, Timeout: u.patient / 30}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := daemon.NewClient(conn)
	conn.SetDeadline(time.Now().Add(u.patient))
	if _, err := c.Line(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("greeting: %w", err)
	}
	for _, command := range []string{"USER " + u.login, "PASS " + u.password} {
		answer, err := c.Command(command)
		if err == nil && !strings.HasPrefix(answer, "+OK") {
			err = fmt.Errorf("login: %s", answer)
		}
		if err != nil {
			conn.Close()
			return nil, err
		}
	}
	return c, nil
}

// session logs in, checks the list and a message, and mostly deletes one.
func (u *mailUser) session(address string) error {
	must := u.must()
	c, err := u.dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	uidls, err := list(c)
	if err != nil {
		return err
	}
	u.check(uidls, must)
	if len(uidls) == 0 {
		_, err := c.Command("QUIT")
		return err
	}
	n := rand.IntN(len(uidls))
	if err := u.fetch(c, n+1, uidls[n]); err != nil {
		return err
	}
	if rand.IntN(4) == 0 {
		return nil // The client leaves without QUIT.
	}
	return u.remove(c, uidls[0])
}

// recovered waits until each user has had a good session that began after the moment, and
// returns how long that took.
func (l *load) recovered(what string, after time.Time) time.Duration {
	l.t.Helper()
	for time.Since(after) < l.patient {
		waiting := 0
		for n := range l.started {
			if l.started[n].Load() < after.UnixNano() {
				waiting++
			}
		}
		if waiting == 0 {
			took := time.Since(after)
			l.t.Logf("%s: all users are served again after %v", what, took)
			return took
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.end(nil)
	l.t.Fatalf("%s: users are not served after %v", what, l.patient)
	return 0
}

// end stops the clients and checks the files.
func (l *load) end(users []*mailUser) {
	l.t.Helper()
	l.stop()
	l.group.Wait()
	for _, u := range users {
		u.finish()
	}
	l.t.Logf("%d sessions, %d refused or broken", l.sessions.Load(), l.failed.Load())
	l.reasons.Range(func(reason, _ any) bool { l.t.Logf("  %s", reason); return true })
}
