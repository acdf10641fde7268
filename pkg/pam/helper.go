package pam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// errWithout is the error of Start where the program was built without PAM.
var errWithout = errors.New("this build is without PAM")

// startTime bounds how long tpops_pam may take to be there.
const startTime = 10 * time.Second

// Find returns the path of tpops_pam for the program at self: beside it, or in
// libexec. The error wraps errWithout if it is at neither place.
func Find(self string) (string, error) {
	dir := filepath.Dir(self)
	places := []string{filepath.Join(dir, "tpops_pam"), filepath.Join(filepath.Dir(dir), "libexec", "tpops", "tpops_pam")}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && info.Mode().IsRegular() {
			return place, nil
		}
	}
	return "", fmt.Errorf("%w: there is neither %s nor %s", errWithout, places[0], places[1])
}

// Helper is tpops_pam at work. Goroutines may share it. Close ends it.
type Helper struct {
	to    io.WriteCloser
	ended chan struct{} // closed when no answer will come any more
	slots chan struct{} // one element for each request that has no answer yet

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan<- *Answer
	closed  bool
}

// Start starts the program, which answers at most calls requests at once. It
// has to be called before the process gives up the right to start programs.
// The error wraps errWithout if the program says that it was built so.
func Start(program string, calls int) (*Helper, error) {
	cmd := exec.Command(program)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	cmd.Dir = "/"
	to, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PAM's process: %w", err)
	}
	h := newHelper(to, calls)
	greeted := make(chan error, 1)
	go func() {
		h.receive(from, greeted)
		_ = cmd.Wait() // Whatever its exit status, it is of no use any more.
	}()
	select {
	case err = <-greeted:
	case <-time.After(startTime):
		err = fmt.Errorf("it was not ready after %v", startTime)
	}
	if err != nil {
		_ = cmd.Process.Kill() // It may have ended.
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return h, nil
}

func newHelper(to io.WriteCloser, calls int) *Helper {
	return &Helper{
		to: to, ended: make(chan struct{}), slots: make(chan struct{}, calls), waiting: map[uint64]chan<- *Answer{},
	}
}

// receive reads what the helper writes until its end.
func (h *Helper) receive(from io.Reader, greeted chan<- error) {
	defer close(h.ended)
	r := newReader(from)
	var first hello
	err := readMessage(r, &first)
	switch {
	case err != nil:
		greeted <- err
		return
	case first.Error != "":
		greeted <- fmt.Errorf("%w: it reported %.200q", errWithout, first.Error)
		return
	case first.Version != helloVersion:
		greeted <- fmt.Errorf("it is of another version of TPOPS (%d, not %d)", first.Version, helloVersion)
		return
	}
	greeted <- nil
	for {
		a := new(Answer)
		if readMessage(r, a) != nil {
			return
		}
		h.deliver(a)
	}
}

// deliver gives an answer to who waits for it, and its slot to the next.
func (h *Helper) deliver(a *Answer) {
	h.mu.Lock()
	waiter, ok := h.waiting[a.ID]
	delete(h.waiting, a.ID)
	h.mu.Unlock()
	if ok {
		<-h.slots
		waiter <- a
	}
}

// errEnded is the error for requests when there is no process any more.
var errEnded = errors.New("PAM's process has ended")

// Ask asks about a user. An error says nothing about the user: ctx ended, there
// were too many requests at work for all of r.Patience, or the process has
// ended. A request whose ctx ends stays at work until it is answered.
func (h *Helper) Ask(ctx context.Context, r Request) (*Answer, error) {
	// The process kills what takes longer; somewhat later even it is given up.
	ctx, cancel := context.WithTimeout(ctx, 2*r.Patience+time.Second)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
	case <-h.ended:
		return nil, errEnded
	case <-time.After(r.Patience):
		return nil, errors.New("too many requests are at work")
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for other requests: %w", context.Cause(ctx))
	}
	answer := make(chan *Answer, 1)
	if err := h.send(r, answer); err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		return a, nil
	case <-h.ended:
		return nil, errEnded
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for PAM: %w", context.Cause(ctx))
	}
}

// send sends a request, for which a slot has been taken.
func (h *Helper) send(r Request, answer chan<- *Answer) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	r.ID = h.last
	h.waiting[r.ID] = answer
	// A process that does not read holds nobody up, nor Close. What it was sent
	// in part makes it end as soon as it goes on.
	if to, ok := h.to.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = to.SetWriteDeadline(time.Now().Add(r.Patience)) // It fails on what is closed, as the write does.
	}
	if err := writeMessage(h.to, &r); err != nil {
		delete(h.waiting, r.ID)
		<-h.slots
		return fmt.Errorf("ask PAM: %w", err)
	}
	return nil
}

// Ended returns a channel that is closed when the process has ended, be it by
// Close or not.
func (h *Helper) Ended() <-chan struct{} { return h.ended }

// Close ends the process, and with it all requests at work. A second call does
// nothing.
func (h *Helper) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		_ = h.to.Close() // That is what ends the process; there is no other error.
	}
}
