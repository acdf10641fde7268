package handover

import (
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// offered returns the predecessors of a daemon.
func offered(t *testing.T, elders ...*sessionsOf) *Predecessors {
	t.Helper()
	m, s, _ := startManager(t)
	var stored []sd.Socket
	for _, elder := range elders {
		if err := s.Offer(elder); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, <-m.stored)
	}
	return s.Predecessors(stored)
}

// A login asks all predecessors for the session that has its Maildir.
func TestPredecessorTakeOver(t *testing.T) {
	const maildrop = "/srv/with space\nand line/ "
	login := time.Unix(1, 0)
	none := &sessionsOf{}
	has := &sessionsOf{holder: &pop3.SessionInfo{ID: "a", Maildrop: maildrop, LoginAt: login}}
	p := offered(t, none, has)
	if got := p.TakeOver(maildrop, 90*time.Second); got == nil || got.ID != "a" || !got.LoginAt.Equal(login) {
		t.Errorf("%+v", got)
	}
	for _, elder := range []*sessionsOf{none, has} {
		if elder.asked != maildrop+" 1m30s" {
			t.Errorf("asked %q", elder.asked)
		}
	}
	has.holder = nil
	if got := p.TakeOver(maildrop, 0); got != nil || has.asked != maildrop+" 0s" {
		t.Errorf("%+v, asked %q", got, has.asked)
	}
	long := "/" + strings.Repeat("x/", 2000)
	if p.TakeOver(long, time.Second); has.asked != long+" 1s" {
		t.Errorf("asked %q", has.asked)
	}
	p.mu.Lock()
	if got := p.TakeOver(maildrop, 0); got != nil {
		t.Errorf("%+v while another goroutine asks", got)
	}
	p.mu.Unlock()
	p.Close()
	if got := p.TakeOver(maildrop, 0); got != nil || (*Predecessors)(nil).TakeOver(maildrop, 0) != nil {
		t.Errorf("%+v without a predecessor", got)
	}
}

// A predecessor of an older version answers with all its sessions, also with one that is not
// logged in yet.
func TestPredecessorTakeOverOld(t *testing.T) {
	for _, holder := range []pop3.SessionInfo{{ID: "a", Maildrop: "/other", LoginAt: time.Unix(1, 0)}, {ID: "b", Maildrop: "/m"}} {
		if got := offered(t, &sessionsOf{holder: &holder}).TakeOver("/m", 0); got != nil {
			t.Errorf("%+v", got)
		}
	}
}

// All predecessors open their log files again, and one request is enough.
func TestPredecessorReopens(t *testing.T) {
	elders := []*sessionsOf{{ids: []string{"a"}}, {}}
	p := offered(t, elders...)
	p.ReopenLogs()
	for i, elder := range elders {
		if elder.reopened != 1 || elder.asked != "" {
			t.Errorf("%d: %d times, asked %q", i, elder.reopened, elder.asked)
		}
	}
	if got := p.Sessions(); len(got) != 1 || got[0].ID != "a" {
		t.Errorf("%+v", got)
	}
}
