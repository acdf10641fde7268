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
	mu        sync.Mutex
	allocated uint64    // octets in all, when memory was given back
	left      uint64    // octets that were in use then
	next      time.Time // when memory may be given back again
	waits     bool      // for that time
}

const (
	// usualWork is how many octets are allocated before memory is given back.
	usualWork = 4 << 20
	// workShare is which part of what is in use has to be allocated besides.
	workShare = 8
	// giveBackShare bounds the time that is spent: one second in so many.
	giveBackShare = 50
)

// giveBack gives memory back if there was enough work: now, or as soon as it may.
func (m *memory) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	start := time.Now()
	if allocated, _ := heap(); m.waits || allocated-m.allocated < usualWork+m.left/workShare {
		return
	}
	if wait := m.next.Sub(start); wait > 0 {
		m.waits = true
		time.AfterFunc(wait, m.goOn)
		return
	}
	debug.FreeOSMemory()
	m.allocated, m.left = heap()
	m.next = time.Now().Add(giveBackShare * time.Since(start))
}

// goOn gives memory back after a wait.
func (m *memory) goOn() {
	m.mu.Lock()
	m.waits = false
	m.mu.Unlock()
	m.giveBack()
}

// heap returns how many octets have been allocated in all, and how many were in
// use after the last collection.
func heap() (allocated, live uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}
