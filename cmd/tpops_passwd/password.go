package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// maxInput limits the line that is read, in octets. A longer one is cut, and is then
// rejected because it is longer than a password may be.
const maxInput = 4096

// readPassword reads one line. A terminal does not show it.
func readPassword(stdin *os.File) (string, error) {
	restore := hide(int(stdin.Fd()))
	defer restore()
	line, err := bufio.NewReader(io.LimitReader(stdin, maxInput)).ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimSuffix(line, "\n"), err
}

// hide prompts for a password and turns the echo off, if fd is a terminal.
func hide(fd int) (restore func()) {
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	silent := *old
	silent.Lflag &^= unix.ECHO
	if unix.IoctlSetTermios(fd, unix.TCSETS, &silent) != nil {
		return func() {}
	}
	io.WriteString(os.Stderr, "Password: ")
	return func() {
		unix.IoctlSetTermios(fd, unix.TCSETS, old)
		io.WriteString(os.Stderr, "\n")
	}
}
