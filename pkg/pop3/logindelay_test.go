package pop3

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLogins(t *testing.T) {
	var l logins
	now := time.Unix(1_000_000, 0)
	const delay = 10 * time.Minute
	steps := []struct {
		after time.Duration
		name  string
		want  bool
	}{
		{0, "ann", true},
		{time.Second, "ann", true}, // fetches, and logs in again to delete
		{time.Second, "ann", false},
		{0, "bob", true},
		{delay - 3*time.Second, "ann", false},
		{time.Second, "ann", true},
		{time.Second, "ann", false},
		{3 * delay, "ann", true},
		{0, "ann", true},
		{0, "ann", false},
	}
	for i, s := range steps {
		now = now.Add(s.after)
		if got := l.take(s.name, delay, now); got != s.want {
			t.Errorf("step %d, %s: %t", i, s.name, got)
		}
	}
	l.giveBack("ann", delay)
	if !l.take("ann", delay, now) {
		t.Error("a login that came to nothing counts")
	}
	l.giveBack("nobody", delay)
}

// The check and the note of a login are one step, also where only the opener checks the password:
// of logins at the same time no more than loginBurst succeed, and one that fails later counts for
// none of the others.
func TestLoginsAtOnce(t *testing.T) {
	const logins = 32
	b := &Backend{LoginDelay: time.Hour}
	server := NewServer(b, logins, nil, nil)
	for user, isProxy := range map[string]bool{"ann": false, "bob": true} {
		var all sync.WaitGroup
		var accepted atomic.Int64
		giveBacks := make(chan func(), logins)
		for range logins {
			s := &session{State: &State{}, backend: b, server: server, limiter: unlimited{}}
			a := &authorization{Authorization: &s.Authorization, s: s}
			all.Go(func() {
				giveBack, err := a.authorize(t.Context(), &Account{Name: user, Unproven: isProxy}, &Client{})
				if err == nil {
					accepted.Add(1)
					giveBacks <- giveBack
				}
			})
		}
		all.Wait()
		if n := accepted.Load(); n != loginBurst {
			t.Errorf("%s: %d logins at once", user, n)
		}
		(<-giveBacks)()
		for i := range 2 {
			if got := server.logins.take(user, b.LoginDelay, time.Now()); got != (i == 0) {
				t.Errorf("%s: login %d after one has failed: %v", user, i, got)
			}
		}
	}
}

// The name of a user whose password only the opener checks may be in any case.
func TestLoginDelayIgnoresCase(t *testing.T) {
	b := &Backend{LoginDelay: time.Hour}
	s := &session{State: &State{}, backend: b, server: NewServer(b, 1, nil, nil), limiter: unlimited{}}
	a := &authorization{Authorization: &s.Authorization, s: s}
	for i, name := range []string{"ann", "Ann", "ANN"} {
		giveBack, err := a.authorize(t.Context(), &Account{Name: name, Unproven: true}, &Client{})
		if tooSoon := errors.Is(err, ErrTooSoon); tooSoon != (i >= loginBurst) || (giveBack == nil) != tooSoon {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.authorize(t.Context(), &Account{Name: "ANN"}, &Client{}); err != nil {
		t.Errorf("the row of another user: %v", err)
	}
}

// TestLoginsBound lets more users log in than are remembered.
func TestLoginsBound(t *testing.T) {
	var l logins
	now := time.Unix(1_000_000, 0)
	for i := range 3 * maxDelayed {
		if !l.take(fmt.Sprint(i), time.Hour, now) {
			t.Fatalf("user %d is kept out", i)
		}
		if len(l.free) > maxDelayed {
			t.Fatalf("%d users are remembered", len(l.free))
		}
	}
	// Those whose wait is over are forgotten first.
	late := now.Add(3 * time.Hour)
	l.free = map[string]time.Time{}
	for i := range maxDelayed - 1 {
		l.free[fmt.Sprint(i)] = now
	}
	l.free["waiting"] = late.Add(time.Hour)
	l.take("new", time.Hour, late)
	if len(l.free) != 2 || l.free["waiting"].IsZero() {
		t.Errorf("%d users are remembered", len(l.free))
	}
}

func TestLoginDelayOf(t *testing.T) {
	tests := []struct {
		name          string
		backend, user time.Duration
		want          time.Duration
		text          string
	}{
		{"the backend's", 600 * time.Second, 0, 600 * time.Second, "LOGIN-DELAY 600"},
		{"less", 600 * time.Second, time.Second, time.Second, "LOGIN-DELAY 1"},
		{"more would not have been announced", 600 * time.Second, time.Hour, 600 * time.Second, "LOGIN-DELAY 600"},
		{"none", 600 * time.Second, -1, 0, "LOGIN-DELAY 0"},
		{"none for anybody", 0, time.Hour, 0, ""},
		{"not whole seconds", 1500 * time.Millisecond, 0, 1500 * time.Millisecond, "LOGIN-DELAY 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			account := &Account{LoginDelay: tt.user}
			s := &session{State: &State{Transaction: Transaction{Account: account}}, backend: &Backend{LoginDelay: tt.backend, PerUser: true}}
			if got := s.backend.loginDelay(account); got != tt.want || capaLoginDelay(s) != tt.text {
				t.Errorf("%v, %q", got, capaLoginDelay(s))
			}
		})
	}
}

func TestParseExpire(t *testing.T) {
	for _, text := range []string{"0", "1", "30", "100000", "NEVER"} {
		if e, err := ParseExpire(text); err != nil || string(e) != text {
			t.Errorf("%s: %s, %v", text, e, err)
		}
	}
	for _, text := range []string{"", "-1", "+1", "x", "never", "100001", "99999999999999999999", "1 USER", "1\r\n"} {
		if e, err := ParseExpire(text); err == nil || e != "" {
			t.Errorf("%q is taken", text)
		}
	}
}
