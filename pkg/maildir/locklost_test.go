package maildir

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// TestLockLost holds that QUIT deletes nothing after a file server has freed the lock of the
// session and another one has the mailbox, and that it deletes if none has.
func TestLockLost(t *testing.T) {
	for _, taken := range []bool{true, false} {
		dir := newMaildir(t, "cur/1.a", "cur/2.b")
		box := open(t, dir, Options{Lock: true})
		box.dirLocal = false
		if err := flock(box.lock.file, unix.LOCK_UN); err != nil {
			t.Fatal(err)
		}
		if err := flock(box.dir, unix.LOCK_UN); err != nil { // No file server has such a lock.
			t.Fatal(err)
		}
		if taken {
			open(t, dir, Options{Lock: true})
		}
		var marks pop3.Marks
		marks.Delete(1)
		err := box.Update(t.Context(), &marks)
		var partly *pop3.UpdateError
		if errors.As(err, &partly) != taken || taken && (len(partly.Kept) != 1 || !errors.Is(err, errBusy)) {
			t.Errorf("another session: %v: Update() = %v", taken, err)
		}
		want := []string{"cur/2.b"}
		if taken {
			want = []string{"cur/1.a", "cur/2.b"}
		}
		wantFiles(t, dir, want...)
	}
}
