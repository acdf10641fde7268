package guard

import (
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// rowNames are names that a client sends, with the names of the rows that a database may find.
var rowNames = [][2]string{
	{"muller", "m\u00fcller"}, {"m\u00fcller", "muller"}, {"ANN", "ann"}, {"ann", "Ann"}, {"ann ", "ann"}, {"postmaster", "ann"},
}

// A user who logs in with another name than that of the row is known by both.
func TestRowNameKnown(t *testing.T) {
	const office, far = "192.0.2.1", "198.51.100.7"
	for _, names := range rowNames {
		w := newTestGuard(t, 10, allLimits)
		w.find(office, names[0], names[1], 1, nil)
		for _, name := range names {
			w.fail(far, name, 16)
		}
		w.spray(office, 16)
		for _, name := range names {
			if d := w.delay(office, name); d != 0 {
				t.Errorf("%q: %q waits %v for failures of others", names, name, d)
			}
			if d := w.delay(far, name); d != time.Minute {
				t.Errorf("%q: %q elsewhere waits %v", names, name, d)
			}
		}
	}
}

// Failures of a known user with another name than that of the row delay both names, and a login
// halves them.
func TestRowNameFailures(t *testing.T) {
	const office = "192.0.2.1"
	for _, names := range rowNames {
		w := newTestGuard(t, 10, allLimits)
		w.find(office, names[0], names[1], 1, nil)
		w.find(office, names[0], names[1], 6, pop3.ErrAuth)
		if d := w.longer(office, names); d != 20*time.Second {
			t.Errorf("%q waits %v", names, d)
		}
		w.find(office, names[0], names[1], 1, nil)
		if d := w.longer(office, names); d != 0 {
			t.Errorf("%q waits %v after a login", names, d)
		}
	}
}

// Where the user is known under one name, guesses under another one are delayed.
func TestRowNameGuesses(t *testing.T) {
	const office = "192.0.2.1"
	for _, names := range rowNames {
		w := newTestGuard(t, 10, allLimits)
		w.succeed(office, names[1])
		w.find(office, names[0], names[1], 6, pop3.ErrAuth)
		if d := w.longer(office, names); d != 20*time.Second {
			t.Errorf("%q waits %v", names, d)
		}
	}
}

// Guesses under a name that is no other spelling wait once, for the row. The user of the row
// does not wait elsewhere, since the client is known here.
func TestAliasWaitsOnce(t *testing.T) {
	const office, far = "192.0.2.1", "198.51.100.7"
	for _, known := range []string{"postmaster", "ann"} {
		w := newTestGuard(t, 10, allLimits)
		w.find(office, known, "ann", 1, nil)
		w.find(office, "postmaster", "ann", 6, pop3.ErrAuth)
		if d := w.delay(office, "postmaster"); d != 0 {
			t.Errorf("known as %q: the alias waits %v", known, d)
		}
		if d := w.delay(office, "ann"); d != 20*time.Second {
			t.Errorf("known as %q: the row waits %v", known, d)
		}
		if d := w.delay(far, "ann"); d != 0 {
			t.Errorf("known as %q: the row waits %v elsewhere", known, d)
		}
	}
}

// longer returns how long a login waits for which the database has a row of another name.
func (w *testGuard) longer(addr string, names [2]string) time.Duration {
	w.t.Helper()
	p := w.resume(addr)
	defer p.Close()
	first, refusal := p.Begin(pop3.Attempt{Login: names[0]})
	if refusal != nil || first.Delay > 0 {
		return first.Delay
	}
	second, refusal := p.Begin(pop3.Attempt{Login: names[1]})
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return second.Delay
}
