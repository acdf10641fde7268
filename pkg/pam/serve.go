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

// Serve reads requests and starts a process for each with command. The process reads the
// request with ReadRequest and writes its answer with WriteAnswer, both in RunUntilSIGTERM.
// Serve returns at the end of the requests, or an error if it cannot read them, and kills
// the running processes. The daemon limits how many there are at once.
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
			// If this fails the daemon has gone, and the input ends.
			_ = s.write(s.answer(ctx, request))
		})
	}
}

// Refuse writes why the program cannot be used. Call it instead of Serve.
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

// reapTime is how long Serve waits for a process after SIGTERM before it kills it, and for
// the end of the output of a process that has ended. So a login takes this much longer if
// a module leaves a process that has inherited the output.
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
	// Its children end too: a module may wait for a program.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return end(cmd.Process) }
	cmd.WaitDelay = reapTime
	err = cmd.Run()
	a := new(Answer)
	switch {
	case ctx.Err() != nil:
		a = &Answer{Outcome: Failed, Text: fmt.Sprintf("PAM did not answer in %v", r.Patience)}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // A module may leave a process with our pipe.
		a = &Answer{Outcome: Failed, Text: fmt.Sprintf("PAM's process: %v", err)}
	case readMessage(newReader(&out), a) != nil:
		a = &Answer{Outcome: Failed, Text: "PAM's process wrote no answer"}
	}
	a.ID = r.ID
	return a
}

// limited limits the output of a process to the length of a message. It has no other
// method, so that io.Copy cannot bypass Write.
type limited struct{ to *bytes.Buffer }

// Write fails if the output is too long.
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

// WriteAnswer writes the answer of such a process.
func WriteAnswer(out io.Writer, a *Answer) error { return writeMessage(out, a) }
