package compressed

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// Slow clients of one mailbox cannot take the memory from others, and a mailbox whose share
// is used up gets its turn.
func TestShare(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBudget(16 * (largeWindow + zstdTables))
		file := []byte(small(t)[inBzip2].file)
		open := func(mailbox any) (*Reader, error) {
			return b.open(For(t.Context(), mailbox), bytes.NewReader(file), inBzip2, maxOctets(0))
		}
		var slow []*Reader
		for {
			r, err := open("ann")
			if errors.Is(err, ErrBusy) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			slow = append(slow, r)
		}
		if got, most := len(slow), 4*(largeWindow+zstdTables)/bzip2Memory; got != most {
			t.Errorf("%d slow readers instead of %d", got, most)
		}
		start := time.Now()
		other, err := open("bob")
		if err != nil || time.Since(start) > 0 {
			t.Fatal(err, time.Since(start))
		}
		time.AfterFunc(time.Second, func() { slow[0].Close() })
		next, err := open("ann")
		if err != nil || time.Since(start) != time.Second {
			t.Error(err, time.Since(start))
		}
		for _, r := range append(slow[1:], other, next) {
			r.Close()
		}
		if len(b.shares.used) != 0 {
			t.Errorf("%d shares are left", len(b.shares.used))
		}
		wantFree(t, b, 16*(largeWindow+zstdTables))
	})
}
