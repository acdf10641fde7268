package workers

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// memory gives memory back to the system after work: stacks and buffers of
// sessions that wait for their clients now. The Go runtime would keep much of it.
type memory struct {
	mu    sync.Mutex
	left  uint64    // octets that the process held when memory had been given back
	next  time.Time // when memory may be given back again
	waits bool      // for that time
}

const (
	// usualGrowth and growthShare are by how much the process may grow before memory
	// is given back: by so many octets, and by such a part of what it held.
	usualGrowth = 2 << 20
	growthShare = 16
	// giveBackShare bounds the time that is spent: one second in so many.
	giveBackShare = 20
)

// giveBack gives memory back if the process has grown: now, or as soon as it may.
func (m *memory) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waits || held() < m.left+m.left/growthShare+usualGrowth {
		return
	}
	start := time.Now()
	if wait := m.next.Sub(start); wait > 0 {
		m.waits = true
		time.AfterFunc(wait, m.goOn)
		return
	}
	debug.FreeOSMemory()
	m.left = held()
	m.next = time.Now().Add(giveBackShare * time.Since(start))
}

// goOn gives memory back after a wait.
func (m *memory) goOn() {
	m.mu.Lock()
	m.waits = false
	m.mu.Unlock()
	m.giveBack()
}

// held returns how many octets of memory the Go runtime holds.
func held() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
