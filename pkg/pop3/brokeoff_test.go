package pop3

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// breakingMailbox counts sessions that broke off.
type breakingMailbox struct {
	Mailbox
	count int
}

// Listing returns one message.
func (b *breakingMailbox) Listing() *Listing { return NewListing([]Message{{UIDL: "u1", Octets: 9}}) }

// BrokeOff implements Breaker.
func (b *breakingMailbox) BrokeOff(int) (int, string) {
	b.count++
	return b.count, "1.a:2,S"
}

// Only the third session is logged, and neither TOP nor a whole message counts.
func TestBrokeOff(t *testing.T) {
	var text bytes.Buffer
	mailbox := &breakingMailbox{}
	s := &session{State: &State{}, backend: &Backend{}, server: &Server{log: slog.New(slog.NewTextHandler(&text, nil)), ctx: t.Context()}}
	tx := &transaction{Transaction: &Transaction{}, s: s, mailbox: mailbox}
	for n := range breakLimit + 2 {
		text.Reset()
		tx.sent(t.Context(), &messageReply{number: 1, top: true}, 5, false)
		tx.sent(t.Context(), &messageReply{number: 1}, 9, true)
		tx.sent(t.Context(), &messageReply{number: 1}, 5, false)
		const want = `msg="message broken off" session="" remote="" sent=5 count=3 file=1.a:2,S uidl=u1 octets=9`
		if got := text.String(); strings.Contains(got, want) != (n+1 == breakLimit) || got != "" && n+1 != breakLimit {
			t.Errorf("session %d: %s", n+1, got)
		}
	}
	if mailbox.count != breakLimit+2 {
		t.Error(mailbox.count)
	}
}
