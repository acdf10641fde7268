//go:build integration

package control_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/test/fixture"
)

// terminal is a program on a pseudo terminal of its own.
type terminal struct {
	*testing.T
	master *os.File
	cmd    *exec.Cmd
	before unix.Termios
	width  uint16
	height uint16
	read   chan struct{} // closed at the end of the output

	mu     sync.Mutex
	output bytes.Buffer
	seen   int // output that was looked at
}

// startTerminal starts tpopsctl on a terminal of a size.
func startTerminal(t *testing.T, env []string, width, height uint16, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	x := &terminal{T: t, master: master, width: width, height: height, read: make(chan struct{})}
	x.resize(width, height)
	x.before = x.modes()
	x.cmd = exec.CommandContext(t.Context(), fixture.Program(t, "tpopsctl"), args...)
	x.cmd.Env = append(os.Environ(), env...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go x.collect()
	return x
}

// collect reads what the program writes.
func (x *terminal) collect() {
	defer close(x.read)
	piece := make([]byte, 4096)
	for {
		n, err := x.master.Read(piece)
		if err != nil {
			return // EIO: the program has ended.
		}
		x.mu.Lock()
		x.output.Write(piece[:n])
		x.mu.Unlock()
	}
}

// modes returns the modes of the terminal.
func (x *terminal) modes() unix.Termios {
	x.Helper()
	modes, err := unix.IoctlGetTermios(int(x.master.Fd()), unix.TCGETS)
	if err != nil {
		x.Fatal(err)
	}
	return *modes
}

// resize changes the size, so that the program draws everything again.
func (x *terminal) resize(width, height uint16) {
	x.Helper()
	if err := unix.IoctlSetWinsize(int(x.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		x.Fatal(err)
	}
}

// press sends keys.
func (x *terminal) press(keys string) {
	x.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.Fatal(err)
	}
}

// sequences are what the program itself sends to control the terminal.
var sequences = regexp.MustCompile("\x1b(\\[[0-9;?>=]*[a-zA-Z]|[()][A-Z0-9]|[=>78M]|\\][^\a\x1b]*(\a|\x1b\\\\))")

// text returns what the program has written since the last call of shows has begun.
func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return sequences.ReplaceAllString(string(x.output.Bytes()[x.seen:]), "")
}

// redrawEvery is after how many looks the program has to draw everything again.
const redrawEvery = 20

// shows waits until the screen shows a text.
func (x *terminal) shows(pattern string) {
	x.Helper()
	wanted := regexp.MustCompile(pattern)
	x.mu.Lock()
	x.seen = x.output.Len()
	x.mu.Unlock()
	tries := 0
	fixture.Eventually(x.T, pattern, func() bool {
		if tries++; tries%redrawEvery == 1 {
			x.resize(x.width+uint16(tries/redrawEvery%2)+1, x.height)
		}
		return wanted.MatchString(x.text())
	})
}

// ends checks that the program ends with an exit code and has restored the terminal.
func (x *terminal) ends(code int) {
	x.Helper()
	_ = x.cmd.Wait() // ProcessState has the result.
	if got := x.cmd.ProcessState.ExitCode(); got != code {
		x.Errorf("exit %d instead of %d: %q", got, code, x.output.String())
	}
	if after := x.modes(); after != x.before {
		x.Errorf("the modes of the terminal are %+v instead of %+v", after, x.before)
	}
	<-x.read
	output := x.output.Bytes()
	entered, left := bytes.LastIndex(output, []byte("\x1b[?1049h")), bytes.LastIndex(output, []byte("\x1b[?1049l"))
	if entered < 0 || left < entered {
		x.Errorf("the screen was not restored: %q", output)
	}
}
