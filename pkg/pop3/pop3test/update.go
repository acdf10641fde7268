package pop3test

import (
	"errors"
	"slices"
	"testing"

	"tpops/pkg/pop3"
)

func testUpdate(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	marks := &pop3.Marks{}
	marks.Delete(1)
	marks.Delete(4)
	update(t, m, marks)
	m = open(t, drop)
	if got, want := uidls(m), []string{before[1], before[2], before[4]}; !slices.Equal(got, want) {
		t.Fatalf("left %q, want %q", got, want)
	}
	if got := read(t, m, 3); wire(got) != wire(texts[4]) {
		t.Errorf("message 3 is not the former message 5: %.80q", got)
	}
}

func testClose(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	read(t, m, 1)
	closeMailbox(t, m)
	closeMailbox(t, m)
	if after := uidls(open(t, drop)); !slices.Equal(before, after) {
		t.Errorf("%q, before %q", after, before)
	}
}

func testRemoved(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	drop.Remove(2)
	for range 2 {
		r, err := m.Open(t.Context(), 2)
		if refusal := (*pop3.Error)(nil); !errors.As(err, &refusal) || errors.Is(err, pop3.ErrNoMessage) == drop.OwnRemoved {
			t.Fatalf("removed message: %v, %v, want ErrNoMessage: %v", r, err, !drop.OwnRemoved)
		}
	}
	if got := read(t, m, 3); wire(got) != wire(texts[2]) {
		t.Errorf("message 3: %q", got)
	}
	if got := m.Listing().Len(); got != len(texts) {
		t.Errorf("the listing lost a message: %d, want %d", got, len(texts))
	}
}

func testRemovedUpdate(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	drop.Remove(1)
	marks := &pop3.Marks{}
	marks.Delete(1)
	marks.Delete(2)
	update(t, m, marks)
	if got, want := uidls(open(t, drop)), before[2:]; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func testLock(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	if other, err := drop.Open(); !errors.Is(err, pop3.ErrLocked) {
		if err == nil {
			_ = other.Close()
		}
		t.Fatalf("second session: %v, want ErrLocked", err)
	}
	closeMailbox(t, m)
	m = open(t, drop)
	update(t, m, nil)
	open(t, drop)
}

func testSeen(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	marks := &pop3.Marks{}
	for _, n := range []int{1, 2, 3} {
		read(t, m, n) // Another server marks a message when it sends it.
		marks.See(n)
	}
	marks.Delete(3)
	update(t, m, marks)
	if got := open(t, drop).Listing().Last(); got != 2 {
		t.Errorf("last retrieved %d, want 2", got)
	}
}

// A client that relies on LAST must not miss a message because a later one was
// retrieved first.
func testSeenGap(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	read(t, m, 2)
	marks := &pop3.Marks{}
	marks.See(2)
	update(t, m, marks)
	if got := open(t, drop).Listing().Last(); got != 0 && !drop.OwnLast {
		t.Errorf("last retrieved %d, want 0: message 1 was not retrieved", got)
	}
}

func testImmutable(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	listing := m.Listing()
	marks := &pop3.Marks{}
	marks.Delete(1)
	update(t, m, marks)
	open(t, drop)
	if listing.Len() != len(texts) {
		t.Errorf("the listing has %d messages, had %d", listing.Len(), len(texts))
	}
}
