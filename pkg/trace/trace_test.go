package trace

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// texts returns the texts of the lines that wait.
func texts(t *Trace) string {
	var b strings.Builder
	for {
		select {
		case l := <-t.Lines():
			b.WriteString(l.Text + " ")
		default:
			return b.String()
		}
	}
}

// A trace of a user has the lines before the name, and no line of others.
func TestUser(t *testing.T) {
	h := &Hub{}
	if h.Wants() {
		t.Error("wanted without a trace")
	}
	one := h.Begin(Filter{User: "Ann"})
	for _, l := range []pop3.DialogueLine{
		{Session: "1", Text: "a"}, {Session: "2", Text: "x"}, {Session: "1", User: "ann", Text: "b"},
		{Session: "2", User: "bob", Text: "x"}, {Session: "2", User: "ANN", Text: "c"},
		{Session: "3", Text: "x"}, {Session: "3", Text: "x", Last: true},
	} {
		h.Line(&l)
	}
	if got := texts(one); got != "a b c " {
		t.Error(got)
	}
	if len(one.before) != 0 {
		t.Errorf("lines are kept: %v", one.before)
	}
	one.Close()
	one.Close()
	if h.Wants() {
		t.Error("wanted after the trace")
	}
	<-one.Ended()
}

// A trace of a network has all lines of its clients.
func TestNetwork(t *testing.T) {
	h := &Hub{}
	one := h.Begin(Filter{Client: netip.MustParsePrefix("192.0.2.0/24").Contains})
	defer one.Close()
	for _, peer := range []string{"192.0.2.1:1", "192.0.2.2:1", "198.51.100.1:1", "[2001:db8::1]:1"} {
		h.Line(&pop3.DialogueLine{Peer: netip.MustParseAddrPort(peer), Text: peer})
	}
	h.Line(&pop3.DialogueLine{Text: "no address"})
	if got := texts(one); got != "192.0.2.1:1 192.0.2.2:1 " {
		t.Error(got)
	}
}

// Lines for an operator who does not read are lost, and counted where they are missing.
func TestLost(t *testing.T) {
	h := &Hub{}
	one := h.Begin(Filter{User: "ann"})
	put := func(count int) {
		for range count {
			h.Line(&pop3.DialogueLine{User: "ann"})
		}
	}
	put(maxWaiting + 10)
	h.Lost(5)
	if first := <-one.Lines(); first.Lost != 0 {
		t.Errorf("%d lines are lost before the first", first.Lost)
	}
	put(1 + 3)
	for range maxWaiting - 1 {
		if l := <-one.Lines(); l.Lost != 0 {
			t.Fatalf("%d lines are lost between lines that waited", l.Lost)
		}
	}
	one.Close()
	put(1)
	if last := <-one.Lines(); last.Lost != 15 || one.Lost() != 3 {
		t.Errorf("%d lost before the last line, %d after it", last.Lost, one.Lost())
	}
	if _, more := <-one.Lines(); more {
		t.Error("a line after the end")
	}
}

// What is kept of sessions without a user is bounded, and lines that were too many are
// counted.
func TestBounds(t *testing.T) {
	h := &Hub{}
	one := h.Begin(Filter{User: "ann"})
	defer one.Close()
	for i := range 10 * maxSessions {
		for j := range 2*maxBefore + 1 {
			h.Line(&pop3.DialogueLine{Session: fmt.Sprint(i), Text: fmt.Sprint(j)})
		}
	}
	if len(one.before) != maxSessions {
		t.Errorf("%d sessions are kept", len(one.before))
	}
	last := fmt.Sprint(10*maxSessions - 1)
	h.Line(&pop3.DialogueLine{Session: last, User: "ann", Text: "name"})
	if l := <-one.Lines(); l.Text != fmt.Sprint(maxBefore+1) || l.Lost != maxBefore+1 {
		t.Errorf("%+v", l)
	}
	if got := len(texts(one)); len(one.before) != maxSessions-1 || got == 0 {
		t.Errorf("%d sessions are kept", len(one.before))
	}
}
