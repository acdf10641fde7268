package password

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// verifierOf returns a Verifier for n processors.
func verifierOf(n int) *Verifier {
	return &Verifier{slots: make(chan struct{}, n), turn: make(chan struct{}, 1), unknown: make(chan struct{}, 1)}
}

// slow prepares a checker that takes a second and counts the lanes in use.
func slow(lanes int, busy, most *atomic.Int32) func() (checker, error) {
	match := func(string) (bool, error) {
		now := busy.Add(int32(lanes))
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		time.Sleep(time.Second)
		busy.Add(int32(-lanes))
		return true, nil
	}
	return func() (checker, error) { return checker{lanes: lanes, match: match}, nil }
}

func TestVerifierBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int32
		v, start := verifierOf(4), time.Now()
		for i := range 24 {
			// The sum of lanes is 48: twelve seconds on four processors, or a
			// bit more where three lanes leave one idle.
			go v.check(t.Context(), slow(1+i%3, &busy, &most), pop3.Attempt{Password: "x"})
		}
		synctest.Wait()
		for busy.Load() > 0 {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if most.Load() != 4 {
			t.Errorf("%d processors busy, want 4", most.Load())
		}
		if took := time.Since(start); took < 12*time.Second || took > 24*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestVerifierTakesMoreLanesThanThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int32
		v := verifierOf(1)
		for range 3 {
			if ok, err := v.check(t.Context(), slow(16, &busy, &most), pop3.Attempt{Password: "x"}); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		if most.Load() != 16 {
			t.Errorf("%d lanes at once, want those of one check", most.Load())
		}
	})
}

// Many unknown clients do not delay a known client. Among many known clients an
// unknown one waits for its turn like them.
func TestVerifierKnownFirst(t *testing.T) {
	for _, manyKnown := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var busy, most atomic.Int32
			v := verifierOf(1)
			for range 50 {
				go v.check(t.Context(), slow(1, &busy, &most), pop3.Attempt{Password: "x", Known: manyKnown})
			}
			synctest.Wait()
			start := time.Now()
			if _, err := v.check(t.Context(), slow(1, &busy, &most), pop3.Attempt{Password: "x", Known: !manyKnown}); err != nil {
				t.Fatal(err)
			}
			took, want := time.Since(start), 3*time.Second // the running check, the next one, and its own
			if manyKnown {
				want = 51 * time.Second // in the order of arrival
			}
			if took > want {
				t.Errorf("known %t, after 50 with known %t: %v", !manyKnown, manyKnown, took)
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestVerifierObeysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int32
		v := verifierOf(2)
		go v.check(t.Context(), slow(1, &busy, &most), pop3.Attempt{Password: "x"})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		// It gets one of its two processors and must release it.
		ok, err := v.check(ctx, slow(2, &busy, &most), pop3.Attempt{Password: "x"})
		if ok || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, %v", ok, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(v.slots) != 0 || len(v.turn) != 0 {
			t.Errorf("%d processors not released", len(v.slots))
		}
	})
}

func TestVerifierSurvivesPanic(t *testing.T) {
	const secret = "$6$secret"
	tests := []struct {
		name    string
		prepare func() (checker, error)
	}{
		{"in prepare", func() (checker, error) { panic(secret) }},
		{"in match", func() (checker, error) {
			return checker{lanes: 1, match: func(string) (bool, error) { panic(secret) }}, nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := verifierOf(1)
			ok, err := v.check(t.Context(), test.prepare, pop3.Attempt{Password: "x"})
			if ok || !errors.Is(err, errPanic) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, %v", ok, err)
			}
			if len(v.slots) != 0 {
				t.Error("the processor was not released")
			}
		})
	}
}

// TestSystemCrypt compares with crypt(3), called from perl, for random passwords and
// salts.
func TestSystemCrypt(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip("perl is not installed")
	}
	for _, setting := range []string{
		"SS", "_6/..SSSS", "$1$SSSSSSSS$", "$1$SSS$",
		"$5$SSSSSSSSSSSSSSSS$", "$5$SSSS$", "$5$rounds=1234$SSSSS$", "$5$rounds=1000$SSSSSSSSSSSSSSSS$",
		"$6$SSSSSSSSSSSSSSSS$", "$6$S$", "$6$rounds=4321$SSSSSSSSSSSSSSS$",
		"$2b$04$SSSSSSSSSSSSSSSSSSSSS.", "$2y$04$SSSSSSSSSSSSSSSSSSSSSu", "$y$j75$SSSS$", "$y$j75$SSSSSSSSSSSSSSSS$",
	} {
		t.Run(setting, func(t *testing.T) {
			for _, octets := range []int{1, 9, 65, 200} {
				testSystemCrypt(t, perl, randomSalt(setting), randomPassword(octets))
			}
		})
	}
}

func testSystemCrypt(t *testing.T, perl, setting, password string) {
	t.Helper()
	const program = `print crypt(pack("H*", $ARGV[0]), $ARGV[1])`
	made, err := exec.Command(perl, "-e", program, hex.EncodeToString([]byte(password)), setting).Output()
	if err != nil || strings.HasPrefix(string(made), "*") || len(made) == 0 {
		t.Skipf("the system's crypt(3) does not know this method: %q, %v", made, err)
	}
	if ok, err := check(t, string(made), password); !ok || err != nil {
		t.Errorf("stored %q, password %x: %v, %v", made, password, ok, err)
	}
	wrong := string([]byte{password[0] ^ 1}) + password[1:]
	if ok, err := check(t, string(made), wrong); ok || err != nil {
		t.Errorf("stored %q, wrong password %x: %v, %v", made, wrong, ok, err)
	}
}

// randomSalt replaces each S by a random character.
func randomSalt(setting string) string {
	random := make([]byte, len(setting))
	rand.Read(random)
	salt := []byte(setting)
	for i := range salt {
		if salt[i] == 'S' {
			salt[i] = cryptAlphabet[random[i]%64]
		}
	}
	return string(salt)
}

// randomPassword returns n octets of any value but NUL.
func randomPassword(n int) string {
	password := make([]byte, n)
	rand.Read(password)
	for i := range password {
		password[i] = max(password[i], 2)
	}
	return string(password)
}
