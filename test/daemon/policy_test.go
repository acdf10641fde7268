//go:build integration

package daemon_test

import (
	"strings"
	"syscall"
	"testing"

	"tpops/test/fixture"
)

// TestLoginDelay logs in more often than the site allows, also after a reload.
func TestLoginDelay(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--login-delay=1h")
	if capa := fixture.Capabilities(t, d.Addr); !strings.Contains(capa, "LOGIN-DELAY 3600 USER\r\n") {
		t.Errorf("announced:\n%s", capa)
	}
	for range 2 {
		fixture.LogIn(t, d).OK("QUIT")
	}
	fixture.Signal(t, d, syscall.SIGHUP)
	fixture.Eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	s := fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `-ERR \[LOGIN-DELAY\] .*`)
	// Whoever has another password learns nothing of it.
	s.OK("USER " + fixture.User)
	s.Want("PASS x", `-ERR \[AUTH\] authentication failed`)
	s.Closed()
}

// TestExpire fetches some messages, which go at QUIT, and no others do.
func TestExpire(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--expire=0", "--maildir-lock=no")
	s := fixture.LogIn(t, d)
	if capa := fixture.Capabilities(t, d.Addr); !strings.Contains(capa, "EXPIRE 0 USER\r\n") {
		t.Errorf("announced:\n%s", capa)
	}
	for _, command := range []string{"RETR 1", "TOP 2 100", "RETR 3"} {
		if _, _, err := s.Multi(command); err != nil {
			t.Fatal(err)
		}
	}
	s.OK("QUIT")
	if left := box.Files(t); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
	fixture.Eventually(t, "the reason is logged", func() bool { return strings.Count(d.Log(), "reason=expired") == 2 })
	// With days, what was retrieved just now stays.
	days := box.Start(t, "--expire=30")
	for range 2 {
		s = fixture.LogIn(t, days)
		if _, _, err := s.Multi("RETR 1"); err != nil {
			t.Fatal(err)
		}
		s.OK("QUIT")
	}
	if left := box.Files(t); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
}

// TestLanguage asks for the replies in Japanese.
func TestLanguage(t *testing.T) {
	s := fixture.Dial(t, fixture.Small(t).Start(t))
	s.OK("UTF8")
	s.Want("LANG ja-JP", `\+OK ja 日本語.*`)
	s.Want("BOGUS", `-ERR コマンドが正しくありません`)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `\+OK user のメッセージは 5 通です .*`)
	s.Want("QUIT", `\+OK 終了します`)
}
