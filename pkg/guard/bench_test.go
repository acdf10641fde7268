package guard

import (
	"net/netip"
	"testing"

	"tpops/pkg/pop3"
)

// BenchmarkEnter is a connection that comes and goes beside 8,000 others, and
// one beyond max-before-login.
func BenchmarkEnter(b *testing.B) {
	remote, same := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for _, bench := range []struct {
		name   string
		limits Limits
	}{
		{"let in", Limits{PerAddress: 50, BeforeLogin: 10_000, GuessDelayMax: 60}},
		{"crowded", Limits{BeforeLogin: 8000, GuessDelayMax: 60}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m, err := New(8000)
			if err != nil {
				b.Fatal(err)
			}
			g := m.With(bench.limits)
			for range 8000 {
				_, _ = g.Enter(pop3.Visitor{Remote: same, Resumed: true, Evict: nobody})
			}
			b.ReportAllocs()
			for b.Loop() {
				if p, refusal := g.Enter(pop3.Visitor{Remote: remote, Evict: nobody}); refusal == nil {
					p.Leave()
				}
			}
		})
	}
}
