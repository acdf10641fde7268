package maildir

import (
	"testing"
	"time"
)

// TestLocked checks that Locked is called before a login waits for the lock, so that the
// session that it ends does not delay the login.
func TestLocked(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	options := Options{Lock: true, LockWait: time.Minute}
	first := open(t, dir, options)
	calls := 0
	login := Login{Locked: func() {
		calls++
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	}}
	second, err := OpenFor(t.Context(), login, nil, dir, &options)
	if err != nil || calls != 1 {
		t.Fatalf("%v, %d calls", err, calls)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
