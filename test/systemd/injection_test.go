//go:build systemd

package systemd

import (
	"slices"
	"strings"

	"tpops/test/bed"
	"tpops/test/corpus"
)

// testInjection has a client and the names of files try to write fields and
// records of their own.
func testInjection(s *site) {
	s.userWithMail("alice", []corpus.Message{{
		Name: "new/1700000000.a\nTPOPS_FORGED=file\nMESSAGE=forged", Data: []byte("Subject: x\n\ny\n"),
	}})
	s.configure("debug = true")
	s.enableDaemon()
	for _, name := range []string{
		"x\rTPOPS_FORGED=cr", "x\nTPOPS_FORGED=lf", "x\x00TPOPS_FORGED=nul", "x\x1b[31mTPOPS_FORGED", "x\u2028TPOPS_FORGED=ls",
		"x\x85TPOPS_FORGED=nel", "<3>TPOPS_FORGED=prefix",
	} {
		v := s.visit()
		v.send("USER " + name + "\r\nPASS x\r\nQUIT\r\n")
		for line, err := v.Line(); err == nil; line, err = v.Line() {
			if strings.Contains(line, "FORGED") {
				s.t.Errorf("the answer has the name: %q", line)
			}
		}
	}
	v := s.login("alice")
	v.multi("RETR 1")
	v.want("DELE 1", `^\+OK`)
	v.quit()
	bed.Poll(s.t, "the end is logged", func() bool {
		return slices.Contains(eventNames(s.Journal(s.t, "TPOPS_USER=alice")), "session end")
	})
	for _, e := range s.Journal(s.t, "_SYSTEMD_UNIT=tpops.service", "_TRANSPORT=journal") {
		s.checkNotForged(e)
	}
}

// checkNotForged fails the test if the entry has a field that a client wrote,
// or a control character in what a person would read.
func (s *site) checkNotForged(e bed.Entry) {
	s.t.Helper()
	if e.Text("TPOPS_FORGED") != "" || e.Text("MESSAGE") == "forged" || e.Text("PRIORITY") == "3" {
		s.t.Errorf("forged: %v", e)
	}
	checkEntry(s.t, e)
	for field := range e {
		if !strings.HasPrefix(field, "TPOPS_") && field != "MESSAGE" {
			continue
		}
		if strings.ContainsAny(e.Text(field), "\n\r\x00\x1b") {
			s.t.Errorf("%s has a control character: %q", field, e.Text(field))
		}
	}
}

// testCatalog looks every event up in the catalog that journalctl -x uses.
func testCatalog(s *site) {
	for event, kind := range kinds() {
		if got := s.do("journalctl", "--dump-catalog", kind.ID); !strings.Contains(got, "Subject:") {
			s.t.Errorf("%s has no entry in the catalog: %s", event, got)
		}
	}
	s.user("alice")
	s.enableDaemon()
	s.login("alice").quit()
	bed.Poll(s.t, "the login is logged", func() bool { return len(s.events("login")) == 1 })
	if got := s.do("journalctl", "--catalog", "--no-pager", "--quiet", "TPOPS_EVENT=login"); !strings.Contains(got, "░░") {
		s.t.Errorf("journalctl -x explains nothing: %s", got)
	}
}
