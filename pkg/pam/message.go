package pam

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxLine is the longest message, in octets. Names and passwords are far shorter.
const maxLine = 64 << 10

// Request asks about one user.
type Request struct {
	ID       uint64        // of the answer too
	Service  string        // of PAM, a file in /etc/pam.d
	Login    []byte        // as the client sent it; octets, not text
	Password []byte        // in clear; nil only asks whether the user exists
	Patience time.Duration // after which the process is killed
}

// Outcome is the decision of PAM.
type Outcome string

// The outcomes. An unknown one counts as Failed.
const (
	Known           Outcome = "known"            // there is such a user, whose password was not asked for
	Admitted        Outcome = "admitted"         // the password is right and the account good
	NoUser          Outcome = "no user"          // there is no such user
	Wrong           Outcome = "wrong"            // the password is wrong, or the service refuses
	AccountExpired  Outcome = "account expired"  // and the password is right, as in the next three
	PasswordExpired Outcome = "password expired" // and cannot be changed any more
	MustChange      Outcome = "must change"      // a new password has to be set first
	Denied          Outcome = "denied"           // the account may not be used here or now
	Failed          Outcome = "failed"           // the check was not possible
)

// Answer is the result of a Request.
type Answer struct {
	ID      uint64
	Outcome Outcome
	Text    string // PAM's error, for the log, without name and password
	User    User   // with Known and Admitted
}

// User is an entry of the system's name service.
type User struct {
	Name     string // may differ from the name in the request
	UID, GID int
	Groups   []int // further ones
	Home     string
}

// hello is the first line that tpops_pam writes.
type hello struct {
	Version int
	Error   string // why it cannot be used, "" if it can
}

// helloVersion is the version of the messages.
const helloVersion = 1

// errLong is the error for a line that is longer than maxLine.
var errLong = errors.New("line is too long")

// newReader returns a reader for readMessage.
func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, maxLine) }

// readMessage reads one line into m. The error is io.EOF at the end.
func readMessage(r *bufio.Reader, m any) error {
	line, err := r.ReadSlice('\n')
	defer clear(line) // It may contain a password.
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return errLong
	case err != nil && len(line) > 0:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	}
	if err := json.Unmarshal(line, m); err != nil {
		return errors.New("line is not a message") // The decoder's error may contain a password.
	}
	return nil
}

// encode returns m as one line.
func encode(m any) ([]byte, error) {
	line, err := json.Marshal(m)
	if err == nil && len(line)+1 > maxLine {
		err = errLong
	}
	if err != nil {
		return nil, fmt.Errorf("make a message: %w", err)
	}
	return append(line, '\n'), nil
}

// writeMessage writes m as one line, in one call.
func writeMessage(w io.Writer, m any) error {
	line, err := encode(m)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	clear(line)
	return err
}
