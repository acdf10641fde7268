package usage

import (
	"net/netip"
	"testing"
	"time"
)

// TestClockSetBack checks that a login whose time is in the future, because the clock was ahead,
// does not hide the ones after it, and counts for the week of the first of these.
func TestClockSetBack(t *testing.T) {
	const ahead = 5 * 52 * 7 * 24 * time.Hour
	for name, again := range map[string]func(t *testing.T, f *file, name string) *file{
		"the same process": func(_ *testing.T, f *file, _ string) *file { return f },
		"after a restart":  func(t *testing.T, _ *file, name string) *file { return openFile(t, name) },
	} {
		t.Run(name, func(t *testing.T) {
			f, name := newFile(t)
			record(t, f, start.Add(ahead), numbered(1, start.Add(ahead)))
			login := start.Add(time.Hour)
			s := numbered(1, login)
			s.Client = netip.MustParseAddrPort("192.0.2.99:1")
			f = again(t, f, name)
			record(t, f, login.Add(time.Minute), s)
			all, _ := contents(t, name, login.Add(time.Minute))
			c := all[key{s.User, s.Class}]
			if !c.Last.Equal(login) || !c.First.Equal(login) || c.Client.Addr() != s.Client.Addr() || c.Total.Logins != 2 || c.Since(login).Logins != 2 {
				t.Errorf("%+v", c)
			}
			week := start.Add(14 * 24 * time.Hour)
			record(t, f, week, numbered(1, week))
			all, _ = contents(t, name, week)
			if c = all[key{s.User, s.Class}]; !c.Last.Equal(week) || c.Since(week).Logins != 1 || c.Total.Logins != 3 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestClockSetBackInSession checks that a session that ends after the clock was set back has
// logged in at the latest when it is recorded.
func TestClockSetBackInSession(t *testing.T) {
	f, name := newFile(t)
	s := numbered(1, start.Add(time.Hour))
	record(t, f, start, s)
	all, _ := contents(t, name, start)
	if c := all[key{s.User, s.Class}]; !c.Last.Equal(start) || !c.First.Equal(start) || c.Total.Logins != 1 {
		t.Errorf("%+v", c)
	}
}
