package usage

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tpops/pkg/pop3"
)

const (
	// queueSize is how many sessions may wait for the recorder.
	queueSize = 1024
	// pendingSize is for how many records there is room before they are written.
	pendingSize = 1024
	// writeDelay is how long sessions are collected before they are written.
	writeDelay = time.Second
	// closeTime is how long Close waits, for example for a disk that hangs.
	closeTime = 3 * time.Second
)

// Recorder writes the sessions that have ended to a file, in a goroutine of its own.
// Goroutines may share it. A nil Recorder records nothing.
type Recorder struct {
	name    string
	file    *file
	log     *slog.Logger
	queue   chan session
	lost    atomic.Int64 // sessions for which there was no room
	stop    func()       // closes stopped
	stopped chan struct{}
	done    chan struct{} // closed when all is written
	pending map[key]*Client
	failing bool // the last attempt to write has failed, which was logged
}

// Open opens or makes the file with this absolute name, and starts a Recorder, which the
// caller closes. The error is why the file cannot be opened.
func Open(name string, log *slog.Logger) (*Recorder, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	r := &Recorder{
		name: name, file: f, log: log, queue: make(chan session, queueSize), pending: map[key]*Client{},
		stopped: make(chan struct{}), done: make(chan struct{}),
	}
	r.stop = sync.OnceFunc(func() { close(r.stopped) })
	go r.run()
	return r, nil
}

// Ended records a session that has ended, if a user had logged in. It never waits. After
// Close it has no effect.
func (r *Recorder) Ended(s *pop3.Summary) {
	if r == nil {
		return
	}
	if one, ok := newSession(s); ok {
		r.add(one)
	}
}

// Encoded records a session that Encode has encoded in another process. Other
// texts are ignored. It never waits. After Close it has no effect.
func (r *Recorder) Encoded(text string) {
	if r == nil {
		return
	}
	if one, ok := decodeSession(text); ok {
		r.add(one)
	}
}

func (r *Recorder) add(s session) {
	select {
	case r.queue <- s:
	default:
		r.lost.Add(1)
	}
}

// Close writes what was recorded, and closes the file. It waits 3 s at most.
func (r *Recorder) Close() {
	if r == nil {
		return
	}
	r.stop()
	select {
	case <-r.done:
	case <-time.After(closeTime):
	}
}

// run collects sessions and writes them, until Close.
func (r *Recorder) run() {
	defer close(r.done)
	defer r.file.f.Close() // Nothing is buffered.
	timer := time.NewTimer(writeDelay)
	timer.Stop()
	for {
		select {
		case s := <-r.queue:
			if len(r.pending) == 0 {
				timer.Reset(writeDelay)
			}
			r.collect(&s)
		case <-timer.C:
			r.write()
		case <-r.stopped:
			r.finish()
			return
		}
	}
}

// finish writes what is left.
func (r *Recorder) finish() {
	for range len(r.queue) {
		s := <-r.queue
		r.collect(&s)
	}
	r.write()
}

// collect adds a session to those to be written.
func (r *Recorder) collect(s *session) {
	k := key{s.User, s.Class}
	if c := r.pending[k]; c != nil {
		c.addSession(s)
		return
	}
	c := newClient(s)
	r.pending[k] = &c
	if len(r.pending) >= pendingSize {
		r.write()
	}
}

// write writes the collected sessions. If that fails they are lost. The first failure is
// logged, and the next one after a success.
func (r *Recorder) write() {
	if len(r.pending) == 0 {
		return
	}
	damaged, err := r.file.update(r.pending, time.Now())
	clear(r.pending)
	if damaged > 0 {
		r.log.Warn("usage file damaged", slog.String("file", r.name), slog.Int("records", damaged))
	}
	if lost := r.lost.Swap(0); lost > 0 && err == nil {
		err = &lostError{lost}
	}
	if err != nil && !r.failing {
		r.log.Warn("usage not recorded", slog.String("file", r.name), slog.Any("error", err))
	}
	r.failing = err != nil
}

// lostError is the error that sessions came faster than they could be written.
type lostError struct{ sessions int64 }

// Error returns the text of the error.
func (e *lostError) Error() string {
	return fmt.Sprintf("%d sessions ended faster than they could be recorded", e.sessions)
}
