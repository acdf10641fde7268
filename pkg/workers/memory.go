package workers

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// memory gives memory back to the system after work: stacks and buffers of
// sessions that wait for their clients now. The Go runtime would keep much of it.
type memory struct {
	mu    sync.Mutex
	last  use       // when memory had been given back
	next  time.Time // when memory may be given back again
	waits bool      // for that time
}

// use is how much memory the Go runtime uses, in octets.
type use struct {
	held      uint64 // at present
	allocated uint64 // since the start of the process
}

const (
	// usualGrowth and growthShare are by how much the process may grow, or how much may
	// be allocated, before memory is given back: so many octets, and such a part of
	// what the process held.
	usualGrowth = 1 << 20
	growthShare = 32
	// mostMeanwhile is how many octets may be allocated while memory is given back.
	mostMeanwhile = 1 << 20
	// giveBackShare bounds the time that is spent: one second in so many, on average.
	// What was not spent in savedTime may be spent at once.
	giveBackShare = 20
	savedTime     = 30 * time.Second
)

// giveBack gives memory back if that pays: now, or as soon as it may.
func (m *memory) giveBack() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, least := inUse(), usualGrowth+m.last.held/growthShare
	if m.waits || now.held < m.last.held+least && now.allocated < m.last.allocated+least {
		return
	}
	start := time.Now()
	if wait := m.next.Sub(start); wait > 0 {
		m.waits = true
		time.AfterFunc(wait, m.goOn)
		return
	}
	runtime.GC() // Pools of buffers survive one collection.
	debug.FreeOSMemory()
	if after := inUse(); after.allocated < now.allocated+mostMeanwhile {
		m.last = after // Otherwise there is more to give back after the work that goes on.
	}
	if saved := start.Add(-savedTime); m.next.Before(saved) {
		m.next = saved
	}
	m.next = m.next.Add(giveBackShare * time.Since(start))
}

// goOn gives memory back after a wait.
func (m *memory) goOn() {
	m.mu.Lock()
	m.waits = false
	m.mu.Unlock()
	m.giveBack()
}

// inUse returns the present use of memory.
func inUse() use {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(samples)
	return use{samples[0].Value.Uint64() - samples[1].Value.Uint64(), samples[2].Value.Uint64()}
}
