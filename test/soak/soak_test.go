//go:build integration

package soak

import (
	"flag"
	"testing"
	"time"

	"tpops/test/fixture"
)

var (
	length = flag.Duration("soak", 0, "length of each run; 0 is a short run of one model")
	kind   = flag.String("soak-type", "", "parallel-type; default: all, one after the other")
)

// TestSoak has everything happen at once: see doc.go.
func TestSoak(t *testing.T) {
	fixture.NeedRoot(t)
	if *length == 0 {
		s := newSoak(t, "thread", "dovecot", false)
		s.mail = s.mail[:2]
		s.run(2500 * time.Millisecond)
		return
	}
	for i, each := range []string{"thread", "prefork", "fork"} {
		if *kind == "" || *kind == each {
			t.Run(each, func(t *testing.T) {
				newSoak(t, each, []string{"dovecot", "name", "dovecot"}[i], true).run(*length)
			})
		}
	}
}

// logins are the ways in which the drivers log in.
var logins = []struct{ login, secure string }{
	{"user", ""}, {"apop", ""}, {"user", "stls"}, {"user", "tls"}, {"plain", ""}, {"cram", ""}, {"plain", "tls"},
	{"scram", ""}, {"cram", "stls"}, {"scram", "stls"},
}

// drivers returns the clients of our own.
func (s *soak) drivers() (all []driver) {
	for n, way := range logins {
		all = append(all, driver{soak: s, box: ownBox(n), login: way.login, secure: way.secure, deletes: n%2 == 1})
	}
	return all
}

// workers returns what runs at once.
func (s *soak) workers() []func() {
	all := []func(){s.deliver, s.useIMAP, s.disturb, s.annoy}
	for _, d := range s.drivers() {
		all = append(all, d.work)
	}
	for _, p := range s.mail {
		all = append(all, p.work)
	}
	return all
}

// finish has each client fetch what is left, while nothing else happens, and checks that
// every message has arrived.
func (s *soak) finish() {
	for _, p := range s.mail {
		p.finish()
	}
	for _, d := range s.drivers() {
		d.final = true
		done := false
		for deadline := time.Now().Add(time.Minute); !done && time.Now().Before(deadline); {
			if done = d.session(); !done {
				time.Sleep(200 * time.Millisecond)
			}
		}
		if !done {
			s.fault("user%d cannot fetch its mail at the end", d.box)
		}
		for id, m := range s.boxes[d.box] {
			if m.fate != offered && m.fetched == 0 && d.box != movedBox {
				s.fault("user%d: message %d is lost", d.box, id)
			}
		}
	}
}
