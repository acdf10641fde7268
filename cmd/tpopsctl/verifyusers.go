package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/verify"
)

// accounts returns the users with their passwords.
func (o *verifyOptions) accounts(ctx context.Context, operands []string, s streams) ([]verify.Account, error) {
	if o.users != "" {
		return readUsers(o.users, s)
	}
	lines := bufio.NewReader(s.in)
	var all []verify.Account
	for _, login := range operands {
		password, err := askPassword(ctx, login, lines, s)
		if err != nil {
			return nil, &failure{code: exitNoInput, err: fmt.Errorf("password of %s: %w", login, err)}
		}
		all = append(all, verify.Account{Login: login, Password: password})
	}
	return all, nil
}

// readUsers returns the users of a file.
func readUsers(name string, s streams) ([]verify.Account, error) {
	lines, err := readFile(name, s)
	if err != nil {
		return nil, err
	}
	var all []verify.Account
	for i, line := range lines {
		login, password, found := strings.Cut(line, "\t")
		if !found || login == "" {
			return nil, &failure{code: exitData, err: fmt.Errorf("%s: entry %d is not a login name and a password, separated by a tab", name, i+1)}
		}
		all = append(all, verify.Account{Login: login, Password: password})
	}
	if len(all) == 0 {
		return nil, &failure{code: exitNoInput, err: fmt.Errorf("%s: there is no user", name)}
	}
	return all, nil
}

// askPassword reads a line. A terminal is asked for it and does not show it.
func askPassword(ctx context.Context, login string, lines *bufio.Reader, s streams) (string, error) {
	if file, ok := s.in.(*os.File); ok && isTerminal(file) {
		defer hideInput(file, s.err)() // Before the question: what is typed at once is not shown either.
		fmt.Fprintf(s.err, "Password of %s: ", login)
	}
	return readLine(ctx, lines)
}

// readLine reads a line without its end, until ctx ends.
func readLine(ctx context.Context, lines *bufio.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := readPassword(lines)
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		return r.line, r.err
	case <-ctx.Done(): // The program ends, and the goroutine with it.
		return "", errors.New("interrupted")
	}
}

// maxPassword is more than a command of POP3 can have.
const maxPassword = 4096

// readPassword reads a line without its end.
func readPassword(lines *bufio.Reader) (string, error) {
	var line []byte
	for len(line) <= maxPassword {
		c, err := lines.ReadByte()
		if err == io.EOF && len(line) > 0 || err == nil && c == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if err == io.EOF {
			return "", errors.New("standard input has no line for it")
		}
		if err != nil {
			return "", err
		}
		line = append(line, c)
	}
	return "", errors.New("the line is too long")
}

// hideInput turns the echo of a terminal off.
func hideInput(file *os.File, w io.Writer) (restore func()) {
	fd := int(file.Fd())
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	silent := *old
	silent.Lflag &^= unix.ECHO
	_ = unix.IoctlSetTermios(fd, unix.TCSETS, &silent) // If it fails, the password is seen.
	return func() {
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, old)
		fmt.Fprintln(w)
	}
}
