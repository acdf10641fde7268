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
	// usualGrowth and growthShare are by how much the process may grow before memory is
	// given back: so many octets, and such a part of what the process held.
	usualGrowth = 1 << 20
	growthShare = 32
	// allocatedShare is the same part for what was allocated where the process has not grown,
	// because sessions have ended. A few logins beside thousands of sessions that wait leave
	// nothing to give back, but to find that out means to look at all that these hold.
	allocatedShare = 4
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
	now := inUse()
	if m.waits || !m.last.pays(now) {
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

// pays reports whether it pays to give memory back now, where u was the use when that was done
// last.
func (u use) pays(now use) bool {
	return now.held >= u.held+usualGrowth+u.held/growthShare || now.allocated >= u.allocated+usualGrowth+u.held/allocatedShare
}

// goOn gives memory back after a wait.
func (m *memory) goOn() {
	m.mu.Lock()
	m.waits = false
	m.mu.Unlock()
	m.giveBack()
}

// inUse returns the present use of memory. runtime.ReadMemStats, which has the same figures,
// takes the memory from the allocator that it was about to use: a prefork child then touched 120
// pages more.
func inUse() use {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(samples)
	return use{samples[0].Value.Uint64() - samples[1].Value.Uint64(), samples[2].Value.Uint64()}
}
