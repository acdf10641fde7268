//go:build integration

package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestFetchedAgain retrieves the same messages in sessions that end without QUIT: the third
// one is logged, in each process model. Sessions with QUIT write no file.
func TestFetchedAgain(t *testing.T) { fixture.EachType(t, testFetchedAgain) }

func testFetchedAgain(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	d := box.Start(t, parallelType)
	s := fixture.LogIn(t, d)
	retrieve(s, "RETR 1")
	s.OK("QUIT")
	s.Closed()
	if _, err := os.Lstat(filepath.Join(box.Dir, "tpops_unfinished")); err == nil {
		t.Error("a session with QUIT writes a file")
	}
	const sessions = 4
	for n := range sessions {
		s := fixture.LogIn(t, d)
		retrieve(s, "RETR 1", "RETR 3")
		s.OK("DELE 1")
		if err := s.Conn.Close(); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, "the end of the session is logged", func() bool { return strings.Count(d.Log(), " session end ") == n+2 })
	}
	log := d.Log()
	if strings.Count(log, " fetched again ") != 1 || !strings.Contains(log, " user="+fixture.User+" count=2 sessions=3 uidl=") {
		t.Errorf("%s", log)
	}
}

// retrieve sends commands and reads the messages.
func retrieve(s fixture.Session, commands ...string) {
	s.T.Helper()
	for _, c := range commands {
		if status, _, err := s.Multi(c); err != nil || !strings.HasPrefix(status, "+OK") {
			s.T.Fatalf("%s: %q, %v", c, status, err)
		}
	}
}
