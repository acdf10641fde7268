package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxInput limits the line that is read, in octets. A longer one is cut, and is then
// rejected because it is longer than a password may be.
const maxInput = 4096

// readPassword reads one line. A terminal does not show it. After a signal the terminal has
// its echo again, and the error is that the program was interrupted.
func readPassword(stdin *os.File) (string, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer stop()
	restore := hide(int(stdin.Fd()))
	defer restore()
	read := make(chan answer, 1)
	go func() { read <- readLine(stdin) }()
	select {
	case a := <-read:
		return a.line, a.err
	case <-ctx.Done(): // The program ends, and the goroutine with it.
		return "", errors.New("interrupted")
	}
}

// answer is the line that was read, or why there is none.
type answer struct {
	line string
	err  error
}

// readLine reads one line.
func readLine(stdin *os.File) answer {
	line, err := bufio.NewReader(io.LimitReader(stdin, maxInput)).ReadString('\n')
	if err == io.EOF && line != "" {
		err = nil
	}
	return answer{strings.TrimSuffix(line, "\n"), err}
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
