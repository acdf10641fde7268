package guard

import (
	"runtime"
	"sync/atomic"
)

// maxProcessors is the highest number of password checks at once.
const maxProcessors = 64

// processors contains which processes check passwords. Reclaim frees those of a
// killed process.
type processors struct {
	count uint64                       // processors for password checks: half of the machine's
	turn  atomic.Uint64                // process that is taking processors; 0: none
	used  [maxProcessors]atomic.Uint64 // process that uses it; 0: none
}

func (p *processors) init() {
	p.count = uint64(min(max(1, runtime.GOMAXPROCS(0)/2), maxProcessors))
}

func (p *processors) reclaim(ended func(owner uint64) bool) {
	for i := range p.used {
		release(&p.used[i], ended)
	}
	release(&p.turn, ended)
}

func release(word *atomic.Uint64, ended func(owner uint64) bool) {
	if owner := word.Load(); owner != 0 && ended(owner) {
		word.CompareAndSwap(owner, 0)
	}
}

// Processors returns how many password checks may run at once, in all processes
// that share the memory.
func (m *Memory) Processors() int { return int(m.header.processors.count) }

// TakeTurn makes this process the one that may take processors. It returns false if
// another process is. Only one goroutine of a process may call it at a time.
func (m *Memory) TakeTurn() bool { return m.header.processors.turn.CompareAndSwap(0, m.pid) }

// GiveTurn undoes TakeTurn.
func (m *Memory) GiveTurn() {
	m.using.Lock()
	defer m.using.Unlock()
	if !m.detached {
		m.header.processors.turn.CompareAndSwap(m.pid, 0)
	}
}

// TakeProcessor takes a processor, or returns false if all are in use.
func (m *Memory) TakeProcessor() bool {
	p := &m.header.processors
	for i := range p.count {
		if p.used[i].CompareAndSwap(0, m.pid) {
			return true
		}
	}
	return false
}

// GiveProcessor frees a processor that this process has taken.
func (m *Memory) GiveProcessor() {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return // Reclaim frees it.
	}
	p := &m.header.processors
	for i := range p.count {
		if p.used[i].CompareAndSwap(m.pid, 0) {
			return
		}
	}
}
