package guard

import (
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

// BenchmarkAccept accepts and closes a connection beside 8,000 others, and one that
// exceeds max-before-login.
func BenchmarkAccept(b *testing.B) {
	remote, same := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for _, bench := range []struct {
		name   string
		limits Limits
	}{
		{"accepted", Limits{PerAddress: 50, BeforeLogin: 10_000, GuessDelayMax: 60}},
		{"evicting", Limits{BeforeLogin: 8000, GuessDelayMax: 60}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m, err := New(8000)
			if err != nil {
				b.Fatal(err)
			}
			g := m.With(bench.limits)
			for range 8000 {
				_, _ = g.Accept(pop3.Connection{Remote: same, Resumed: true, Evict: ignoreEviction})
			}
			b.ReportAllocs()
			for b.Loop() {
				if p, refusal := g.Accept(pop3.Connection{Remote: remote, Evict: ignoreEviction}); refusal == nil {
					p.Close()
				}
			}
		})
	}
}
