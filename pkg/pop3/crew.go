package pop3

import "sync/atomic"

// maxResting is how many goroutines of a crew wait for work at most.
const maxResting = 32

// job is what a goroutine of a crew runs. It returns whether the goroutine is to
// wait for another one.
type job func() bool

// crew runs jobs, each in a goroutine that runs nothing else meanwhile. Some
// goroutines wait for the next one: their stacks have grown to what a session
// needs, while a new goroutine copies its stack several times as it grows.
type crew struct {
	jobs    chan job // unbuffered: one is passed only to a goroutine that waits
	resting atomic.Int32
	closing <-chan struct{}
}

func newCrew(closing <-chan struct{}) *crew {
	return &crew{jobs: make(chan job), closing: closing}
}

// run starts a job.
func (c *crew) run(j job) {
	select {
	case c.jobs <- j:
	default:
		go c.work(j)
	}
}

// work runs a job, and more as long as there are some.
func (c *crew) work(j job) {
	for j != nil && j() {
		j = c.next()
	}
}

// next waits for the next job. It returns nil if enough others wait, or
// when the crew is closed.
func (c *crew) next() job {
	defer c.resting.Add(-1)
	if c.resting.Add(1) > maxResting {
		return nil
	}
	select {
	case j := <-c.jobs:
		return j
	case <-c.closing:
		return nil
	}
}
