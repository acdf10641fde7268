//go:build integration

package daemon_test

import (
	"io"
	"testing"

	"tpops/test/fixture"
)

// TestInetd serves one connection on standard input.
func TestInetd(t *testing.T) {
	box := fixture.Small(t)
	s, cmd := fixture.StartInetd(t, box.Params()...)
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("DELE 1")
	s.OK("QUIT")
	if rest, err := io.ReadAll(s.Conn); err != nil || len(rest) > 0 {
		t.Errorf("after QUIT came %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if left := box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
}
