package pop3

import (
	"bytes"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// forgetfulClients counts sessions without QUIT.
type forgetfulClients struct {
	Mailbox
	sessions int
}

// Listing returns two messages.
func (f *forgetfulClients) Listing() *Listing {
	return NewListing([]Message{{UIDL: "u1", Octets: 9}, {UIDL: "u2", Octets: 9}})
}

// Unfinished implements Unfinisher.
func (f *forgetfulClients) Unfinished(retrieved iter.Seq[int], limit int) (again Again) {
	f.sessions++
	for _, n := range slices.Collect(retrieved) {
		again.Add(n, f.sessions, limit)
	}
	return again
}

// Only the session in which a message reaches the limit is logged.
func TestFetchedAgain(t *testing.T) {
	var text bytes.Buffer
	mailbox := &forgetfulClients{}
	end := func(why reason, retrieved ...int) string {
		text.Reset()
		s := &session{State: &State{ID: "s1", Remote: "192.0.2.1", Login: "ann"}, backend: &Backend{}, ending: why,
			server: &Server{log: slog.New(slog.NewTextHandler(&text, nil)), ctx: t.Context()}}
		tx := &transaction{Transaction: &s.Transaction, s: s, mailbox: mailbox}
		for _, n := range retrieved {
			tx.sent(t.Context(), &messageReply{number: n}, 9, true)
		}
		tx.fetchedAgain()
		return text.String()
	}
	end(reasonClosed, 2)
	end(reasonRefused, 2)
	end(reasonSuspended, 2)
	end(reasonClient)
	if mailbox.sessions != 0 {
		t.Fatalf("%d sessions count", mailbox.sessions)
	}
	const want = `msg="fetched again" session=s1 remote=192.0.2.1 user=ann count=1 sessions=3 uidl=u2`
	for n, why := range []reason{reasonClient, reasonLost, reasonTimeout, reasonExpired} {
		if got := end(why, 2); strings.Contains(got, want) != (n+1 == againLimit) || got != "" && n+1 != againLimit {
			t.Errorf("session %d: %s", n+1, got)
		}
	}
	if mailbox.sessions != 4 {
		t.Errorf("%d sessions count", mailbox.sessions)
	}
}
