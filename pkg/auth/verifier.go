package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"tpops/pkg/pop3"
)

// maxPassword is the longest password that is looked at, in octets. It is more
// than crypt(3) takes and bounds what a long one costs.
const maxPassword = 1024

// Verifier compares passwords with stored ones and sees to it that this takes
// no more than half the processors, those of other processes included (Share): hashes are made to be costly, and the
// mail of those who are in must not wait for those who want in. A process has
// one, for all its authenticators. Goroutines may share it.
type Verifier struct {
	slots chan struct{} // one token per processor in use
	turn  chan struct{} // held while taking several tokens, else two could wait for each other
	salts [32]byte      // from which salts follow that are not stored
	seen  seenFile      // what is remembered of keys for SCRAM

	shared Processors // of all processes; nil: this one has them all

	// Held while waiting for the turn by clients who are not known: of a crowd
	// of them only one stands before those who are.
	strangers chan struct{}
}

// NewVerifier returns a Verifier for half the processors, at least one.
func NewVerifier() *Verifier {
	v := &Verifier{
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		turn:  make(chan struct{}, 1),

		strangers: make(chan struct{}, 1),
		seen:      &seenMemory{},
	}
	_, _ = rand.Read(v.salts[:]) // It never fails.
	return v
}

// Salts returns from what salts follow that are not stored. Processes that
// serve the same users share it, lest a client could tell by it whether there is
// a user.
func (v *Verifier) Salts() []byte { return v.salts[:] }

// TakeSalts takes over the Salts of another process, before the Verifier is
// used.
func (v *Verifier) TakeSalts(salts []byte) { copy(v.salts[:], salts) }

// KeepSeen has what keys for SCRAM look like remembered in a file, before the
// Verifier is used: processes that serve the same users share it, and it is kept
// over a restart. It holds no secret. The file stays open for as long as the Verifier is used.
func (v *Verifier) KeepSeen(file *os.File) { v.seen = file }

// What else the salts are for. No salt is made of these.
const (
	ofPick = 0xFF
	ofSeen = 0xFE
)

// pick returns a number below n for a login that is not there, or lacks what
// others have. It is the same for as long as n is, in each process that shares
// the Salts: a login that is now like one user and now like another is no user.
// Which one it is cannot be known from outside.
func (v *Verifier) pick(login string, n int) int {
	return int(binary.BigEndian.Uint64(v.mac(ofPick, login)) % uint64(n))
}

// mac returns 32 octets that depend on the salts, what they are for, and login.
func (v *Verifier) mac(purpose byte, login string) []byte {
	m := hmac.New(sha256.New, v.salts[:])
	m.Write([]byte{purpose})
	m.Write([]byte(login))
	return m.Sum(nil)
}

// matches reports whether password fits s. An error means that this could not
// be found out: s is malformed or too costly, or ctx ended while waiting for a
// processor. It has neither the password nor what is stored in it.
func (v *Verifier) matches(ctx context.Context, s stored, password string) (ok bool, err error) {
	// crypt(3) reads up to a NUL: what comes after it would not count.
	if s.locked() || password == "" || len(password) > maxPassword || strings.Contains(password, "\x00") {
		return false, nil
	}
	ok, err = v.check(ctx, s.prepare, password)
	if err != nil {
		return false, fmt.Errorf("%s: %w", s.scheme, err)
	}
	return ok, nil
}

// errPanic stands for what a library panicked with, which may come from what
// was stored.
var errPanic = errors.New("check made a library panic")

// check does the costly part, in as many slots as it has lanes. It is the one
// door to the libraries: none of them may end the server.
func (v *Verifier) check(ctx context.Context, prepare func() (checker, error), password string) (ok bool, err error) {
	defer func() {
		if recover() != nil {
			ok, err = false, errPanic
		}
	}()
	c, err := prepare()
	if err != nil {
		return false, err
	}
	taken, err := v.take(ctx, c.lanes)
	defer v.give(taken)
	if err != nil {
		return false, fmt.Errorf("wait for a processor: %w", err)
	}
	if ok, err = c.match(password); err != nil {
		// What the library says may have parts of the hash in it.
		return false, errMalformed
	}
	return ok, nil
}

// take waits for n processors, or for all if n is more, in the order of those
// who come, but that no crowd stands before a client who is known. It returns how
// many the caller has to give back, none after an error.
func (v *Verifier) take(ctx context.Context, n int) (taken int, err error) {
	n = min(n, cap(v.slots))
	if n == 0 {
		return 0, nil
	}
	if !pop3.Known(ctx) {
		if err := enter(ctx, v.strangers); err != nil {
			return 0, err
		}
		defer func() { <-v.strangers }()
	}
	if err := enter(ctx, v.turn); err != nil {
		return 0, err
	}
	defer func() { <-v.turn }()
	for range n {
		if err := enter(ctx, v.slots); err != nil {
			v.free(taken)
			return 0, err
		}
		taken++
	}
	if shared, err := v.takeShared(ctx, n, pop3.Known(ctx)); err != nil {
		v.giveShared(shared)
		v.free(taken)
		return 0, err
	}
	return taken, nil
}

// enter puts an element into c, for which it waits until ctx is done.
func enter(ctx context.Context, c chan<- struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *Verifier) give(taken int) {
	v.giveShared(taken)
	v.free(taken)
}

// free gives back slots of this process.
func (v *Verifier) free(taken int) {
	for range taken {
		<-v.slots
	}
}
