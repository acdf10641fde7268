//go:build systemd

package systemd

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/eventlog"
	"tpops/test/bed"
	"tpops/test/corpus"
)

// kinds returns the table of events that the manual promises.
func kinds() map[string]*eventlog.Kind {
	table := map[string]*eventlog.Kind{}
	for kind := range eventlog.Kinds() {
		table[kind.Event] = kind
	}
	return table
}

// eventNames returns the events of the entries, in their order.
func eventNames(entries []bed.Entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Text("TPOPS_EVENT"))
	}
	return names
}

// testJournalFields queries the journal as an operator does, and compares what
// comes back with the table of events.
func testJournalFields(s *site) {
	messages := letters(3)
	s.userWithMail("alice", messages)
	s.userWithMail("bob", messages[:1])
	s.configure()
	s.enableDaemon()
	v := s.login("alice")
	v.wantMessages(messages)
	v.want("DELE 3", `^\+OK`)
	uidl := strings.Fields(v.want("UIDL 3", `^-ERR|^\+OK`))
	v.quit()
	s.login("bob").quit()
	v = s.visit()
	v.want("USER nobody-there", `^\+OK`)
	v.want("PASS x", `^-ERR`)
	v.closed()

	var alice []bed.Entry
	bed.Poll(s.t, "the end is logged", func() bool {
		alice = s.Journal(s.t, "TPOPS_USER=alice")
		return slices.Contains(eventNames(alice), "session end")
	})
	want := []string{"login", "message retrieved", "message retrieved", "message retrieved", "message deleted", "session end"}
	if got := eventNames(alice); !slices.Equal(got, want) {
		s.t.Errorf("events of alice: %q, want %q (%v)", got, want, uidl)
	}
	for _, e := range alice {
		checkEntry(s.t, e)
		if got := e.Text("TPOPS_REMOTE"); got != "127.0.0.1" {
			s.t.Errorf("%s: remote %s", e.Text("TPOPS_EVENT"), got)
		}
		if got, want := e.Text("TPOPS_SESSION"), alice[0].Text("TPOPS_SESSION"); got != want {
			s.t.Errorf("%s: session %s, not %s", e.Text("TPOPS_EVENT"), got, want)
		}
	}
	s.wantDeletedRecord(alice[4], messages[2])
	end := alice[5]
	for field, want := range map[string]string{"TPOPS_REASON": "quit", "TPOPS_RETRIEVED": "3", "TPOPS_DELETED": "1", "TPOPS_MESSAGES": "2"} {
		if got := end.Text(field); got != want {
			s.t.Errorf("end: %s is %s, want %s", field, got, want)
		}
	}
	for _, e := range s.Journal(s.t, "MESSAGE_ID="+kinds()["login failed"].ID) {
		checkEntry(s.t, e)
		if got := e.Text("TPOPS_USER"); got != "nobody-there" {
			s.t.Errorf("failed login of %s", got)
		}
	}
	for _, e := range s.Journal(s.t, "SYSLOG_IDENTIFIER=tpops") {
		checkEntry(s.t, e)
	}
}

// wantDeletedRecord fails the test unless the record, found again by the
// unique id, is about the message.
func (s *site) wantDeletedRecord(e bed.Entry, m corpus.Message) {
	s.t.Helper()
	uidl, _, _ := strings.Cut(filepath.Base(m.Name), ":")
	if got := e.Text("TPOPS_UIDL"); len(uidl) <= 70 && !strings.Contains(uidl, " ") && got != uidl {
		s.t.Errorf("deleted: unique id %q, want %q", got, uidl)
	}
	found := s.Journal(s.t, "TPOPS_UIDL="+e.Text("TPOPS_UIDL"), "TPOPS_EVENT=message deleted")
	if len(found) != 1 || found[0].Text("TPOPS_USER") != "alice" {
		s.t.Errorf("found by unique id: %v", found)
	}
}

// checkEntry compares an entry with the table of events.
func checkEntry(t *testing.T, e bed.Entry) {
	t.Helper()
	event := e.Text("TPOPS_EVENT")
	kind, known := kinds()[event]
	if !known {
		t.Errorf("the journal has an event %q that is in no table: %v", event, e)
		return
	}
	if got := e.Text("MESSAGE_ID"); got != kind.ID {
		t.Errorf("%s: MESSAGE_ID %s, want %s", event, got, kind.ID)
	}
	for field := range kind.Always() {
		if e.Text(field.Name) == "" {
			t.Errorf("%s: no %s", event, field.Name)
		}
	}
	var priorities []string
	for _, level := range kind.Levels {
		priorities = append(priorities, fmt.Sprint(eventlog.Priority(level)))
	}
	if got := e.Text("PRIORITY"); !slices.Contains(priorities, got) {
		t.Errorf("%s: PRIORITY %s, want one of %s", event, got, priorities)
	}
	// 2 is mail, the default of the parameter syslog.
	if got := e.Text("SYSLOG_FACILITY"); got != "2" {
		t.Errorf("%s: SYSLOG_FACILITY %q", event, got)
	}
	if e.Text("_SYSTEMD_UNIT") != "tpops.service" || e.Text("_TRANSPORT") != "journal" {
		t.Errorf("%s: from %s by %s", event, e.Text("_SYSTEMD_UNIT"), e.Text("_TRANSPORT"))
	}
}

// testJournalWithoutMessages turns the records of single messages off.
func testJournalWithoutMessages(s *site) {
	s.userWithMail("alice", letters(2))
	s.configure("log-messages = false", `syslog = "local3"`)
	s.enableDaemon()
	v := s.login("alice")
	v.multi("RETR 1")
	v.want("DELE 1", `^\+OK`)
	v.quit()
	var entries []bed.Entry
	bed.Poll(s.t, "the end is logged", func() bool {
		entries = s.Journal(s.t, "TPOPS_USER=alice")
		return slices.Contains(eventNames(entries), "session end")
	})
	if got := eventNames(entries); !slices.Equal(got, []string{"login", "session end"}) {
		s.t.Errorf("events %q", got)
	}
	for _, e := range entries {
		if got := e.Text("SYSLOG_FACILITY"); got != "19" {
			s.t.Errorf("SYSLOG_FACILITY %s, want that of local3", got)
		}
	}
}
