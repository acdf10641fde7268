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
		census Counts
		want   int
	}{
		{"at the start", usual, Counts{}, 5},
		{"all there", usual, Counts{Idle: 5}, 0},
		{"on their way", usual, Counts{Starting: 5}, 0},
		{"one died", usual, Counts{Idle: 4}, 1},
		{"at work count", usual, Counts{Idle: 2, Busy: 3}, 0},
		{"one waits", usual, Counts{Idle: 1, Busy: 4}, 1},
		{"none waits", usual, Counts{Busy: 5}, 2},
		{"one is coming", usual, Counts{Starting: 1, Busy: 5}, 1},
		{"more than enough", usual, Counts{Idle: 20}, 0},
		{"near the most", usual, Counts{Busy: 49}, 1},
		{"the most", usual, Counts{Busy: 50}, 0},
		{"more than the most", usual, Counts{Busy: 60}, 0},
		{"those that leave are replaced", usual, Counts{Leaving: 5}, 5},
		{"those that leave take places", usual, Counts{Leaving: 48}, 2},
		{"those that leave take all places", usual, Counts{Leaving: 50}, 0},
		{"least above most", Policy{Least: 5, Spare: 2, Most: 3}, Counts{}, 3},
		{"one alone", Policy{Least: 1, Spare: 2, Most: 1}, Counts{}, 1},
		{"one alone at work", Policy{Least: 1, Spare: 2, Most: 1}, Counts{Busy: 1}, 0},
		{"spare above least", Policy{Least: 1, Spare: 2, Most: 9}, Counts{}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.policy.Missing(tt.census); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// Whatever there is, what is started keeps all bounds.
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
			t.Errorf("%+v, %+v: %d are too few", p, c, n)
		}
	})
}

func TestBackoff(t *testing.T) {
	var b Backoff
	now := time.Now()
	for i, want := range []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60} {
		wait, news := b.Failed(now)
		if wait != want*time.Second || news != (i < 8) {
			t.Errorf("failure %d: wait %v, news %v", i, wait, news)
		}
		if wait > 0 {
			if _, news := b.Failed(now.Add(wait - 1)); news {
				t.Errorf("failure %d: one meanwhile is news", i)
			}
		}
		if left := b.Left(now); left != wait {
			t.Errorf("failure %d: %v left", i, left)
		}
		now = now.Add(wait)
	}
	b.Served()
	if wait, news := b.Failed(now); wait != 0 || !news {
		t.Errorf("after a success: wait %v, news %v", wait, news)
	}
}
