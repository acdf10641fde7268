package dovecot

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// role is the part that a process has on a socket.
type role struct {
	hello string // that the process sends
	last  string // command that ends the handshake of Dovecot
	min   int    // mechanisms that Dovecot must have, at least
}

// Dovecot ignores the minor version, except that version 3 adds mechanisms with
// channel binding. The number of the process has no meaning here.
var (
	clientRole = role{hello: fmt.Sprintf("VERSION\t1\t2\nCPID\t%d\n", os.Getpid()), last: "DONE", min: 1}
	userdbRole = role{hello: "VERSION\t1\t1\n", last: "SPID"}
)

// maxHandshake is the highest number of lines in a handshake.
const maxHandshake = 200

var errVersion = errors.New("no major version 1 of the authentication protocol")

// readHandshake reads the handshake of Dovecot and returns its mechanisms.
func (r role) readHandshake(from *bufio.Reader) (mechanisms []string, err error) {
	version := false
	for range maxHandshake {
		line, err := readLine(from)
		if err != nil {
			return nil, fmt.Errorf("handshake: %w", err)
		}
		words := strings.Split(line, "\t")
		switch {
		case words[0] == "VERSION" && len(words) > 1:
			if version = words[1] == "1"; !version {
				return nil, errVersion
			}
		case words[0] == "MECH" && len(words) > 1:
			if !slices.Contains(words[2:], "private") {
				mechanisms = append(mechanisms, words[1])
			}
		case words[0] == r.last:
			return mechanisms, r.check(version, mechanisms)
		}
	}
	return nil, fmt.Errorf("%w: handshake of more than %d lines", errReply, maxHandshake)
}

// check returns why a complete handshake cannot be used.
func (r role) check(version bool, mechanisms []string) error {
	switch {
	case !version:
		return errVersion
	case len(mechanisms) < r.min:
		// The socket auth-userdb sends none.
		return fmt.Errorf("%w: Dovecot has no mechanisms here", errReply)
	}
	return nil
}
