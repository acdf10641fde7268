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

// checks is the processors as this process uses them.
type checks struct {
	*mapping
	processors *processors
}

// Processors returns how many password checks may run at once, in all processes
// that share the memory. A process that was taken over may have written any count.
func (c *checks) Processors() int { return int(min(max(1, c.processors.count), maxProcessors)) }

// TakeTurn makes this process the one that may take processors. It returns false if
// another process is. Only one goroutine of a process may call it at a time.
func (c *checks) TakeTurn() bool { return c.processors.turn.CompareAndSwap(0, c.pid) }

// GiveTurn undoes TakeTurn.
func (c *checks) GiveTurn() {
	c.using.Lock()
	defer c.using.Unlock()
	if !c.detached {
		c.processors.turn.CompareAndSwap(c.pid, 0)
	}
}

// TakeProcessor takes a processor, or returns false if all are in use.
func (c *checks) TakeProcessor() bool {
	p := c.processors
	for i := range c.Processors() {
		if p.used[i].CompareAndSwap(0, c.pid) {
			return true
		}
	}
	return false
}

// GiveProcessor frees a processor that this process has taken. It may be above the count,
// which may have become lower since then.
func (c *checks) GiveProcessor() {
	c.using.Lock()
	defer c.using.Unlock()
	if c.detached {
		return // Reclaim frees it.
	}
	p := c.processors
	for i := range p.used {
		if p.used[i].CompareAndSwap(c.pid, 0) {
			return
		}
	}
}
