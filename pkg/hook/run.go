package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// leftover is how long is waited for what a program started outside its
// process group and that still has its standard error.
const leftover = time.Second

// run starts the program for a login and waits for its end. When its time is
// over or ctx is done it is killed with its process group; what is left of the
// group at its end is killed too. The error is why it could not be started, how
// it ended unless well, and the first line of what it wrote to standard error.
func (o *Options) run(ctx context.Context, l *Login) error {
	var said firstLine
	cmd := &exec.Cmd{
		Path: o.Program, Args: []string{o.Program}, Env: l.environment(), Dir: "/", Stderr: &said,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}, WaitDelay: leftover,
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	group := &group{leader: cmd.Process.Pid}
	stop := context.AfterFunc(ctx, group.kill)
	group.await()
	late := !stop()
	err := cmd.Wait()
	switch {
	case late && errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("killed after %v", o.Timeout)
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // It has ended well and left something behind.
	}
	if line := said.line(); err != nil && line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return err
}

// group is the process group of a program, as long as its leader has not been
// waited for: until then no other group can have its number.
type group struct {
	mu     sync.Mutex
	leader int // 0 when it is over
}

func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leader != 0 {
		_ = unix.Kill(-g.leader, unix.SIGKILL) // It fails if nobody is left.
	}
}

// await returns when the leader has ended, and kills those that it left. The
// leader is still to be waited for.
func (g *group) await() {
	for {
		err := unix.Waitid(unix.P_PID, g.leader, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	g.kill()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leader = 0
}

// maxSaid bounds what is kept of a line, in octets.
const maxSaid = 300

// firstLine keeps the first line that is written to it, and takes all else.
type firstLine struct{ text []byte }

// Write never fails, so that a program is never stopped by it.
func (f *firstLine) Write(p []byte) (int, error) {
	if room := maxSaid - len(f.text); room > 0 && !bytes.ContainsRune(f.text, '\n') {
		f.text = append(f.text, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// line returns the line without control characters.
func (f *firstLine) line() string {
	line, _, _ := bytes.Cut(f.text, []byte("\n"))
	line = bytes.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return '?'
		}
		return r
	}, bytes.TrimSpace(line))
	return string(line)
}
