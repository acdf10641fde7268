package dovecot

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// TestRelays checks that CAPA follows Dovecot's list, and that a Dovecot which does not
// answer delays it once.
func TestRelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list atomic.Value // "": no answer
		list.Store("")
		d, s := start(t, func(p *peer) {
			if text := list.Load().(string); text != "" {
				p.next()
				p.next()
				p.send("VERSION\t1\t2\n%sDONE\n", text)
			}
			for p.next() != "" {
			}
		}, findUsers)
		want := func(when string, took time.Duration, names ...string) {
			t.Helper()
			begun := time.Now()
			for _, name := range []string{"PLAIN", "CRAM-MD5", "SCRAM-SHA-256", "APOP"} {
				wanted := len(names) > 0 && names[0] == name
				if wanted {
					names = names[1:]
				}
				if d.Relays(name) != wanted {
					t.Errorf("%s: %s is relayed: %t", when, name, !wanted)
				}
			}
			if got := time.Since(begun); got != took {
				t.Errorf("%s: took %v, want %v", when, got, took)
			}
		}
		want("never reached", listTimeout, "PLAIN")
		want("again", 0, "PLAIN")
		time.Sleep(listRetry)
		list.Store("MECH\tPLAIN\nMECH\tCRAM-MD5\nMECH\tAPOP\tprivate\n")
		want("reached", 0, "PLAIN", "CRAM-MD5")
		list.Store("MECH\tplain\n")
		want("within the time", 0, "PLAIN", "CRAM-MD5")
		if n := s.count("auth"); n != 2 {
			t.Errorf("%d connections", n)
		}
		time.Sleep(listLife)
		want("changed", 0, "PLAIN")
		list.Store("")
		time.Sleep(listLife)
		want("does not answer", listTimeout, "PLAIN")
	})
}

// TestCause checks that a login whose time is over is no refusal by Dovecot.
func TestCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := start(t, afterGreeting(""), findUsers)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, pop3.ErrLoginTime)
		defer cancel()
		if _, err := login(ctx, d, "ann"); err == nil || pop3.ErrorIn(err) != nil {
			t.Error(err)
		}
	})
}
