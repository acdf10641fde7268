package maildir

import (
	"fmt"
	"strings"
	"testing"
)

// benchmarkMaildir makes a Maildir with messages of 2 KiB. With named, their
// names contain their sizes.
func benchmarkMaildir(b *testing.B, messages int, named bool) string {
	b.Helper()
	dir := newMaildir(b)
	text := strings.Repeat("A line of a message, as long as most of them are.\n", 40)
	for i := range messages {
		name := fmt.Sprintf("cur/%d.M%06dP%d.mail.example.org", 1_700_000_000+i, i, 1000+i%9000)
		if named {
			name += fmt.Sprintf(",S=%d,W=%d", len(text), len(text)+40)
		}
		deliver(b, dir, name+":2,S", text)
	}
	return dir
}

// BenchmarkFirstLook opens mailboxes of which nothing is known yet.
func BenchmarkFirstLook(b *testing.B) {
	for _, messages := range []int{10_000, 100_000} {
		for _, named := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/named=%v", messages, named), func(b *testing.B) {
				dir := benchmarkMaildir(b, messages, named)
				for b.Loop() {
					m, err := Open(b.Context(), nil, dir, Options{Lock: true})
					if err != nil {
						b.Fatal(err)
					}
					if m.Listing().Len() != messages {
						b.Fatal(m.Listing().Len())
					}
					_ = m.Close()
				}
			})
		}
	}
}
