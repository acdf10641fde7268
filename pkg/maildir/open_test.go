package maildir

import (
	"fmt"
	"os"
	"testing"
)

// fill delivers count messages whose names tell their size.
func fill(t testing.TB, dir string, count int) {
	t.Helper()
	for i := range count {
		deliver(t, dir, fmt.Sprintf("cur/%d.M%06dP1.mail.example.org,S=0:2,", 1700000000+i/3, i), "")
	}
}

// Memory is allocated by the mailbox and not by the message, once it is known that
// no message is compressed.
func TestOpenAllocations(t *testing.T) {
	const count = 10_000
	if _, err := os.Stat("/dev/shm"); err == nil {
		t.Setenv("TMPDIR", "/dev/shm") // so many files are made fastest in memory
	}
	dir := newMaildir(t)
	fill(t, dir, count)
	age(t, dir)
	allocations := testing.AllocsPerRun(1, func() {
		m, err := Open(t.Context(), nil, dir, Options{Extended: true, Index: true})
		if err != nil || m.Listing().Len() != count {
			t.Fatal(err)
		}
		_ = m.Close()
	})
	if allocations > 200 {
		t.Errorf("%v allocations for %d messages", allocations, count)
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := newMaildir(b)
	fill(b, dir, 100_000)
	for name, options := range map[string]Options{
		"name": {Extended: true, Lock: true}, "stat": {UseFilesize: true, Lock: true}, "read": {Lock: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m := open(b, dir, options)
				for n := range m.Listing().Len() {
					if m.Listing().Message(n+1).UIDL == "" {
						b.Fatal("no UIDL")
					}
				}
				_ = m.Close()
			}
		})
	}
}
