package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal returns both ends of a pseudo-terminal.
func terminal(t *testing.T) (control, terminal *os.File) {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals:", err)
	}
	t.Cleanup(func() { control.Close() })
	if err := unix.IoctlSetPointerInt(int(control.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(control.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals:", err)
	}
	t.Cleanup(func() { terminal.Close() })
	return control, terminal
}

// echo returns a function that reports whether a terminal shows what is typed.
func echo(t *testing.T, tty *os.File) func() bool {
	return func() bool {
		state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return state.Lflag&unix.ECHO != 0
	}
}

func TestReadPasswordFromTerminal(t *testing.T) {
	control, tty := terminal(t)
	echoes := echo(t, tty)
	if !echoes() {
		t.Fatal("a new terminal has no echo")
	}
	restore := hide(int(tty.Fd()))
	if echoes() {
		t.Error("echo while the password is typed")
	}
	restore()
	if _, err := control.WriteString("two words \nmore\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := readPassword(tty); got != "two words " || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if !echoes() {
		t.Error("no echo afterwards")
	}
}

// A signal while the password is typed leaves a terminal that shows what is typed next.
func TestReadPasswordInterrupted(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP} {
		_, tty := terminal(t)
		echoes := echo(t, tty)
		done := make(chan error, 1)
		go func() {
			_, err := readPassword(tty)
			done <- err
		}()
		for tries := 0; echoes(); tries++ {
			if tries == 10_000 {
				t.Fatal("echo while the password is typed")
			}
			time.Sleep(time.Millisecond)
		}
		if err := unix.Kill(os.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err == nil || !echoes() {
			t.Errorf("%v: error %v, echo %v", signal, err, echoes())
		}
	}
}
