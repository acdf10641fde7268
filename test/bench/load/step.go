package load

import (
	"bytes"
	"fmt"
	"strings"
)

// Step is a command and the kind of its reply.
type Step struct {
	send  []byte
	multi bool
}

// Single returns a command whose reply is one line.
func Single(command string) Step { return Step{send: []byte(command + "\r\n")} }

// Multi returns a command whose reply has several lines (RFC 1939 §3).
func Multi(command string) Step { return Step{send: []byte(command + "\r\n"), multi: true} }

// Login returns the commands that log a user in.
func Login(user, password string) []Step {
	return []Step{Single("USER " + user), Single("PASS " + password)}
}

// String returns the command for an error, without an argument of PASS.
func (s Step) String() string {
	command := strings.TrimSpace(string(s.send))
	if command == "" {
		return "the connection"
	}
	if strings.HasPrefix(command, "PASS ") {
		return "PASS"
	}
	return command
}

func (s Step) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s, err)
}

// reply follows a reply while it arrives. It looks only at the first octet and
// at the end of each piece: the final dot of a multi-line reply stands nowhere
// else, since a server doubles a dot at the start of a line (RFC 1939 §3), and
// no client here sends a command before the reply to the last one.
type reply struct {
	octets int64
	tail   [len(final)]byte
	lines  *int64 // counts all lines; nil: they are not counted
}

const final = "\r\n.\r\n"

// take takes the next piece and reports whether the reply is complete. An error
// contains the reply if that is not +OK.
func (r *reply) take(piece []byte, multi bool) (done bool, err error) {
	if r.octets == 0 && piece[0] != '+' {
		return true, fmt.Errorf("%q", bytes.TrimSpace(piece[:min(len(piece), 200)]))
	}
	r.octets += int64(len(piece))
	if r.lines != nil {
		*r.lines += int64(bytes.Count(piece, []byte{'\n'}))
	}
	if !multi {
		return piece[len(piece)-1] == '\n', nil
	}
	if n := len(piece); n < len(final) {
		copy(r.tail[:], r.tail[n:])
		copy(r.tail[len(final)-n:], piece)
	} else {
		copy(r.tail[:], piece[n-len(final):])
	}
	return string(r.tail[:]) == final, nil
}
