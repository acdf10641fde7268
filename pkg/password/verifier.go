package password

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"tpops/pkg/pop3"
)

// MaxPassword is the longest password that can match, in octets. It is more than
// crypt(3) takes, and bounds the cost of a long one.
const MaxPassword = 1024

// Verifier compares passwords with stored ones. It uses at most half of the
// processors, together with other processes if they share them (Share): hashes
// are costly by design, and sessions must not wait for logins. A process has one
// for all its user databases. Goroutines may share it.
type Verifier struct {
	slots chan struct{} // one token per processor in use
	turn  chan struct{} // held while taking several tokens: two callers could wait for each other
	salts [32]byte      // the key from which salts that are not stored are derived
	seen  SeenFile      // what user databases remember

	shared Processors // of all processes; nil: this process shares none

	// Held by an unknown client while it waits for turn, so that at most one
	// unknown client is queued before a known one.
	unknown chan struct{}
}

// NewVerifier returns a Verifier for half the processors, at least one.
func NewVerifier() *Verifier {
	v := &Verifier{
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		turn:  make(chan struct{}, 1),

		unknown: make(chan struct{}, 1),
		seen:    &seenMemory{},
	}
	_, _ = rand.Read(v.salts[:]) // It never fails.
	return v
}

// Salts returns the key from which salts that are not stored are derived.
// Processes that serve the same users share it. Otherwise a client could see from
// the salt whether a user exists.
func (v *Verifier) Salts() []byte { return v.salts[:] }

// TakeSalts copies the Salts of another process. Call it before the Verifier is
// used.
func (v *Verifier) TakeSalts(salts []byte) { copy(v.salts[:], salts) }

// Other purposes of the key. Salts are never derived with these.
const (
	purposePick = 0xFF
	purposeSeen = 0xFE
)

// Pick returns a number below n for a login that does not exist, or that lacks
// what other users have. For the same n it is the same in each process that shares
// the Salts: a login that looks like different users in turn does not exist. A
// client cannot predict it.
func (v *Verifier) Pick(login string, n int) int {
	return int(binary.BigEndian.Uint64(v.mac(purposePick, login)) % uint64(n))
}

// mac returns 32 octets that depend on the salts, the purpose and login.
func (v *Verifier) mac(purpose byte, login string) []byte {
	m := hmac.New(sha256.New, v.salts[:])
	m.Write([]byte{purpose})
	m.Write([]byte(login))
	return m.Sum(nil)
}

// Matches reports whether the password of an attempt matches s. An error means
// that the comparison was not possible: s is malformed or too costly, or ctx ended
// while waiting for a processor. It contains neither the password nor s.
func (v *Verifier) Matches(ctx context.Context, s Stored, a pop3.Attempt) (ok bool, err error) {
	// crypt(3) reads up to a NUL and would ignore the rest.
	if s.IsLocked() || a.Password == "" || len(a.Password) > MaxPassword || strings.Contains(a.Password, "\x00") {
		return false, nil
	}
	ok, err = v.check(ctx, s.prepare, a)
	if err != nil {
		return false, fmt.Errorf("%s: %w", s.Scheme, err)
	}
	return ok, nil
}

// errPanic replaces the value with which a library panicked, which may contain
// parts of the stored password.
var errPanic = errors.New("the library for the scheme panicked")

// check does the costly part, in as many slots as it has lanes. Only this function
// calls the libraries, so that a panic in one does not end the server.
func (v *Verifier) check(ctx context.Context, prepare func() (checker, error), a pop3.Attempt) (ok bool, err error) {
	defer func() {
		if recover() != nil {
			ok, err = false, errPanic
		}
	}()
	c, err := prepare()
	if err != nil {
		return false, err
	}
	begun := time.Now()
	taken, err := v.take(ctx, c.lanes, a.Known)
	defer v.give(taken)
	pop3.Took(ctx, pop3.SpanHashWait, begun)
	if err != nil {
		return false, fmt.Errorf("wait for a processor: %w", err)
	}
	defer pop3.Took(ctx, pop3.SpanHash, time.Now())
	if ok, err = c.match(a.Password); err != nil {
		// The library's error may contain parts of the hash.
		return false, errMalformed
	}
	return ok, nil
}

// take waits for n processors, or for all if n is more, in the order of the calls.
// Of all unknown clients that wait, at most one is queued before a known client.
// take returns how many processors the caller has to give back, 0 after an error.
func (v *Verifier) take(ctx context.Context, n int, known bool) (taken int, err error) {
	n = min(n, cap(v.slots))
	if n == 0 {
		return 0, nil
	}
	if !known {
		if err := acquire(ctx, v.unknown); err != nil {
			return 0, err
		}
		defer func() { <-v.unknown }()
	}
	if err := acquire(ctx, v.turn); err != nil {
		return 0, err
	}
	defer func() { <-v.turn }()
	for range n {
		if err := acquire(ctx, v.slots); err != nil {
			v.free(taken)
			return 0, err
		}
		taken++
	}
	if shared, err := v.takeShared(ctx, n, known); err != nil {
		v.giveShared(shared)
		v.free(taken)
		return 0, err
	}
	return taken, nil
}

// acquire puts a token into c. It waits until there is room or ctx is done.
func acquire(ctx context.Context, c chan<- struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// give releases processors: those of this process and the shared ones.
func (v *Verifier) give(taken int) {
	v.giveShared(taken)
	v.free(taken)
}

// free releases slots of this process.
func (v *Verifier) free(taken int) {
	for range taken {
		<-v.slots
	}
}
