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

// errWithout is wrapped by the errors for a program without PAM.
var errWithout = errors.New("this build is without PAM")

// startTime is how long tpops_pam may take to start.
const startTime = 10 * time.Second

// Find returns the path of tpops_pam for the program at self: beside it, or in
// libexec. It fails if the program is at neither path.
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

// Helper is a running tpops_pam. Goroutines may share it. Close ends it.
type Helper struct {
	to    io.WriteCloser
	ended chan struct{} // closed when no answer will come any more
	slots chan struct{} // one element for each request that has no answer yet

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan<- *Answer
	closed  bool
}

// Start starts the program, which handles at most calls requests at once. Call it while
// the process can still start programs. It fails if the program does not start, or was
// built without PAM.
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
		_ = cmd.Wait() // The exit status does not matter.
	}()
	select {
	case err = <-greeted:
	case <-time.After(startTime):
		err = fmt.Errorf("it did not start within %v", startTime)
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
		greeted <- fmt.Errorf("it belongs to another version of TPOPS (%d, not %d)", first.Version, helloVersion)
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

// deliver passes an answer to the goroutine that waits for it, and frees its slot.
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

// errEnded is the error of requests after the process has ended.
var errEnded = errors.New("PAM's process has ended")

// Ask asks about a user. An error is not about the user: ctx has ended, there were too
// many requests for all of r.Patience, or the process has ended. A request whose ctx has
// ended keeps its slot until it is answered.
func (h *Helper) Ask(ctx context.Context, r Request) (*Answer, error) {
	// The process kills requests that take longer. A little later the process itself is
	// considered hung.
	ctx, cancel := context.WithTimeout(ctx, 2*r.Patience+time.Second)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
	case <-h.ended:
		return nil, errEnded
	case <-time.After(r.Patience):
		return nil, errors.New("too many requests at once")
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
	// A process that does not read must not block other requests or Close. It exits when
	// it reads an incomplete request.
	if to, ok := h.to.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = to.SetWriteDeadline(time.Now().Add(r.Patience)) // It fails if the pipe is closed, as the write does.
	}
	if err := writeMessage(h.to, &r); err != nil {
		delete(h.waiting, r.ID)
		<-h.slots
		return fmt.Errorf("ask PAM: %w", err)
	}
	return nil
}

// Ended returns a channel that is closed when the process has ended, by Close or not.
func (h *Helper) Ended() <-chan struct{} { return h.ended }

// Close ends the process and all its requests. A second call does nothing.
func (h *Helper) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		_ = h.to.Close() // This ends the process. It has no other error.
	}
}
