package config

import (
	"errors"
	"reflect"
	"slices"
	"testing"
)

func TestChanged(t *testing.T) {
	load := func(file string) *Config {
		c, _, err := loadIn(t, t.TempDir(), file)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := load(mysqlFile + "mysql-passwd = 'a'\nport = 110\nerror-interval = 60\n")
	after := load(mysqlFile + "mysql-passwd = 'b'\nport = 1110\nuser='mail'\nmax-servers=7\nerror-interval = '1m'\ndebug=true\n")
	got := map[string]bool{}
	for _, p := range Changed(before, after) {
		got[p.Name] = p.Restart
	}
	want := map[string]bool{"config": true, "mysql-passwd": false, "port": true, "user": true, "max-servers": true, "debug": false}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if same := Changed(before, before); same != nil {
		t.Errorf("the same: %v", same)
	}
}

func TestRestart(t *testing.T) {
	var got []string
	for _, p := range Params() {
		if p.Restart && !p.CommandLine {
			got = append(got, p.Name)
		}
	}
	want := []string{"port", "inetd", "fg", "usage-file", "pid-file", "control-socket", "metrics-listen", "flight-recorder", "tls-port",
		"oauth-tokens", "oauth-jwks-file", "oauth-introspection-url", "user", "group", "parallel-type", "max-servers", "first-uid",
		"pam-calls", "login-hook", "login-hook-timeout", "login-hook-max", "mailbox-type", "mail-roots"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A reload keeps the value and the place of every parameter that needs a restart,
// whether it is set or not, and of no other.
func TestKeepRestart(t *testing.T) {
	given := func(port int) *Config {
		c, _, err := loadIn(t, t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range c.table() {
			setOther(t, &p)
			c.origin.places[p.Name] = place{line: port + i}
		}
		return c
	}
	bare, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		running, next *Config
	}{
		{"set at the reload", bare, given(1000)},
		{"no longer set at the reload", given(2000), bare},
	} {
		t.Run(test.name, func(t *testing.T) {
			next := *test.next
			next.origin.places = map[string]place{}
			for name, at := range test.next.origin.places {
				next.origin.places[name] = at
			}
			next.KeepRestart(test.running)
			for i, p := range next.table() {
				from := test.next
				if p.Restart {
					from = test.running
				}
				if got, want := p.value.text(), from.table()[i].value.text(); got != want {
					t.Errorf("%s is %q, want %q", p.Name, got, want)
				}
				if got, want := next.origin.places[p.Name], from.origin.places[p.Name]; got != want {
					t.Errorf("%s is from %v, want %v", p.Name, got, want)
				}
			}
		})
	}
}

// setOther sets p to a value other than its default, if it has one.
func setOther(t *testing.T, p *Param) {
	t.Helper()
	before := p.value.text()
	for _, text := range append([]string{"7", "yes", "no", "/x/y", "/x,/y", "x/y", "fork.example"}, p.Values...) {
		if p.value.set(text) == nil && p.value.text() != before {
			return
		}
	}
	if p.value.text() == before && p.Kind != KindSecret && p.Restart {
		t.Fatalf("%s cannot be changed", p.Name)
	}
}

// While an old value is in use, each reload reports it.
func TestRestartIsToldAgain(t *testing.T) {
	dir := t.TempDir()
	running, _, err := loadIn(t, dir, "first-uid = 500\ndebug = true\n")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		next, _, err := loadIn(t, dir, "\nfirst-uid = 600\n")
		if err != nil {
			t.Fatal(err)
		}
		changed := Changed(running, next)
		if !slices.ContainsFunc(changed, func(p Param) bool { return p.Name == "first-uid" }) {
			t.Errorf("changed %v", changed)
		}
		next.KeepRestart(running)
		running = next
		if running.Users.FirstUID != 500 || running.Run.Debug {
			t.Errorf("got %+v", running)
		}
		if got, want := running.Problem("first-uid", errors.New("x")).Line, 1; got != want {
			t.Errorf("the value in force is from line %d, want %d", got, want)
		}
	}
}
