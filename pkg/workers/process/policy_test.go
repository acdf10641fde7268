package process

import (
	"testing"
	"time"
)

func TestMissing(t *testing.T) {
	usual := Policy{Least: 5, Spare: 2, Most: 50}
	tests := []struct {
		name   string
		policy Policy
		counts Counts
		want   int
	}{
		{"at startup", usual, Counts{}, 5},
		{"all idle", usual, Counts{Idle: 5}, 0},
		{"all starting", usual, Counts{Starting: 5}, 0},
		{"one died", usual, Counts{Idle: 4}, 1},
		{"busy children count", usual, Counts{Idle: 2, Busy: 3}, 0},
		{"one idle", usual, Counts{Idle: 1, Busy: 4}, 1},
		{"none idle", usual, Counts{Busy: 5}, 2},
		{"one starting", usual, Counts{Starting: 1, Busy: 5}, 1},
		{"more than enough", usual, Counts{Idle: 20}, 0},
		{"near the maximum", usual, Counts{Busy: 49}, 1},
		{"the maximum", usual, Counts{Busy: 50}, 0},
		{"above the maximum", usual, Counts{Busy: 60}, 0},
		{"ending children are replaced", usual, Counts{Leaving: 5}, 5},
		{"ending children count", usual, Counts{Leaving: 48}, 2},
		{"ending children only", usual, Counts{Leaving: 50}, 0},
		{"minimum above maximum", Policy{Least: 5, Spare: 2, Most: 3}, Counts{}, 3},
		{"maximum of one", Policy{Least: 1, Spare: 2, Most: 1}, Counts{}, 1},
		{"maximum of one, busy", Policy{Least: 1, Spare: 2, Most: 1}, Counts{Busy: 1}, 0},
		{"spare above minimum", Policy{Least: 1, Spare: 2, Most: 9}, Counts{}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.policy.Missing(tt.counts); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// With any counts, the result respects the maximum, the minimum and the spare children.
func FuzzMissing(f *testing.F) {
	f.Add(uint8(5), uint8(50), uint8(0), uint8(3), uint8(2), uint8(1))
	f.Fuzz(func(t *testing.T, least, most, starting, idle, busy, leaving uint8) {
		p := Policy{Least: int(least), Spare: 2, Most: int(most)}
		c := Counts{Starting: int(starting), Idle: int(idle), Busy: int(busy), Leaving: int(leaving)}
		n := p.Missing(c)
		if n < 0 || n > 0 && c.All()+n > p.Most {
			t.Fatalf("%+v, %+v: %d", p, c, n)
		}
		if c.All()+n < p.Most && (c.Starting+c.Idle+n < p.Spare || c.Starting+c.Idle+c.Busy+n < p.Least) {
			t.Errorf("%+v, %+v: %d is too few", p, c, n)
		}
	})
}

func TestBackoff(t *testing.T) {
	var b Backoff
	now := time.Now()
	for i, want := range []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60} {
		wait, isNew := b.Failed(now)
		if wait != want*time.Second || isNew != (i < 8) {
			t.Errorf("failure %d: wait %v, new %v", i, wait, isNew)
		}
		if wait > 0 {
			if _, isNew := b.Failed(now.Add(wait - 1)); isNew {
				t.Errorf("failure %d: a failure during the wait is new", i)
			}
		}
		if left := b.Left(now); left != wait {
			t.Errorf("failure %d: %v left", i, left)
		}
		now = now.Add(wait)
	}
	b.Served()
	if wait, isNew := b.Failed(now); wait != 0 || !isNew {
		t.Errorf("after a success: wait %v, new %v", wait, isNew)
	}
}
