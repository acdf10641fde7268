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

// leftover bounds how long run waits for processes outside the program's process group
// that still have its standard error open.
const leftover = time.Second

// run starts the program for a login and waits for its end. At the time-out, or when
// ctx is done, it kills the program's process group. It also kills the processes of the
// group that still run when the program has ended. The error is why the program could
// not be started, or how it has failed, with the first line of its standard error.
func (o *options) run(ctx context.Context, l *Login) error {
	var stderr firstLine
	cmd := &exec.Cmd{
		Path: o.program, Args: []string{o.program}, Env: l.environment(), Dir: "/", Stderr: &stderr,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}, WaitDelay: leftover,
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	group := &group{leader: cmd.Process.Pid}
	stop := context.AfterFunc(ctx, group.kill)
	group.await()
	late := !stop()
	err := cmd.Wait()
	switch {
	case late && errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("killed after %v", o.timeout)
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // The program has succeeded. Another process has its standard error.
	}
	if line := stderr.line(); err != nil && line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return err
}

// group is the process group of a program. Until Wait was called for its leader, no
// other group can have the same id.
type group struct {
	mu     sync.Mutex
	leader int // 0 after the end
}

func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leader != 0 {
		_ = unix.Kill(-g.leader, unix.SIGKILL) // It fails if no process is left.
	}
}

// await returns when the leader has ended, and kills the rest of the group. It does not
// replace Wait.
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

// maxLine is the maximum length of firstLine in bytes.
const maxLine = 300

// firstLine keeps the first line that is written to it, and discards the rest.
type firstLine struct{ text []byte }

// Write never fails, so that the program is not interrupted.
func (f *firstLine) Write(p []byte) (int, error) {
	if room := maxLine - len(f.text); room > 0 && !bytes.ContainsRune(f.text, '\n') {
		f.text = append(f.text, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// line returns the line, with control characters replaced.
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
