package pam

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Serve reads requests, answers each by a process of its own that command
// makes, and returns when there are no more, or after an error in reading them;
// processes at work are killed then. How many there are at once is the other
// end's business. Such a process reads the request with ReadRequest and writes
// its answer with WriteAnswer.
func Serve(in io.Reader, out io.Writer, command func(ctx context.Context) *exec.Cmd) error {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	s := &server{out: out, command: command}
	if err := s.write(&hello{Version: helloVersion}); err != nil {
		return err
	}
	for r := newReader(in); ; {
		request := new(Request)
		err := readMessage(r, request)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		all.Go(func() {
			// Nobody reads any more if this fails, and the input ends.
			_ = s.write(s.answer(ctx, request))
		})
	}
}

// Refuse writes why the program is of no use, in place of Serve.
func Refuse(out io.Writer, why string) error { return writeMessage(out, &hello{Error: why}) }

type server struct {
	command func(ctx context.Context) *exec.Cmd

	mu  sync.Mutex
	out io.Writer
}

func (s *server) write(m any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return writeMessage(s.out, m)
}

// reapTime is how long a killed process may take to be gone before it is left
// to itself. One that hangs in the kernel cannot be killed.
const reapTime = time.Second

// answer has a process answer the request.
func (s *server) answer(ctx context.Context, r *Request) *Answer {
	line, err := encode(r)
	clear(r.Password)
	if err != nil {
		return &Answer{ID: r.ID, Outcome: Failed, Text: err.Error()}
	}
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	cmd := s.command(ctx)
	cmd.Stdin, cmd.Stdout = bytes.NewReader(line), &limited{&out}
	// With what it has started: a module may wait for a program.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = reapTime
	err = cmd.Run()
	a := new(Answer)
	switch {
	case ctx.Err() != nil:
		a = &Answer{Outcome: Failed, Text: fmt.Sprintf("PAM did not answer in %v", r.Patience)}
	case err != nil:
		a = &Answer{Outcome: Failed, Text: fmt.Sprintf("PAM's process: %v", err)}
	case readMessage(newReader(&out), a) != nil:
		a = &Answer{Outcome: Failed, Text: "PAM's process gave no answer"}
	}
	a.ID = r.ID
	return a
}

// limited keeps what a process writes within the length of a message. It has
// the one method, so that nothing is written past it.
type limited struct{ to *bytes.Buffer }

// Write fails when it becomes too much.
func (l *limited) Write(p []byte) (int, error) {
	if l.to.Len()+len(p) > maxLine {
		return 0, errLong
	}
	return l.to.Write(p)
}

// ReadRequest reads the one request of a process that Serve has started.
func ReadRequest(in io.Reader) (*Request, error) {
	r := new(Request)
	return r, readMessage(newReader(in), r)
}

// WriteAnswer writes its answer.
func WriteAnswer(out io.Writer, a *Answer) error { return writeMessage(out, a) }
