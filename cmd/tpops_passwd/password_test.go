package main

import (
	"fmt"
	"os"
	"testing"

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

func TestReadPasswordFromTerminal(t *testing.T) {
	control, tty := terminal(t)
	echoes := func() bool {
		state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return state.Lflag&unix.ECHO != 0
	}
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
