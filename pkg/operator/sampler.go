package operator

import (
	"iter"
	"sync"
	"time"

	"tpops/pkg/pop3"
)

const (
	// samplePause is the least time between two samples, however many clients ask.
	samplePause = time.Second
	// sampleLife is how long the last sample is kept for the next question.
	sampleLife = 10 * time.Second
)

// sampled is a session of a sample.
type sampled struct {
	pop3.SessionInfo
	rate float64 // octets per second
}

// sampler takes samples of all sessions for all clients that ask. Goroutines may share
// it.
type sampler struct {
	sessions func() iter.Seq[pop3.SessionInfo]

	mu     sync.Mutex
	at     time.Time        // of the sample; zero without one
	last   []sampled        // never changed
	octets map[string]int64 // of the sample, by session
}

// sample returns the present sessions, or those of less than samplePause ago. The caller
// must not change them.
func (t *sampler) sample() []sampled {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if !t.at.IsZero() && now.Sub(t.at) < samplePause {
		return t.last
	}
	var all []sampled
	octets := make(map[string]int64, len(t.octets))
	for s := range t.sessions() {
		n := s.Sent + s.Received
		octets[s.ID] = n
		since := s.Start
		before, isOld := t.octets[s.ID]
		if isOld {
			since = t.at
		}
		all = append(all, sampled{s, perSecond(n-before, now.Sub(since))})
	}
	t.at, t.last, t.octets = now, all, octets
	time.AfterFunc(sampleLife, func() { t.forget(now) })
	return all
}

// perSecond returns a rate. A session that has just begun has had a second.
func perSecond(octets int64, elapsed time.Duration) float64 {
	return float64(max(octets, 0)) / max(elapsed, time.Second).Seconds()
}

// forget frees the sample of a time.
func (t *sampler) forget(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.Equal(at) {
		t.at, t.last, t.octets = time.Time{}, nil, nil
	}
}
