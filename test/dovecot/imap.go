package dovecot

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tpops/test/fixture"
)

// IMAP is a session with an IMAP server. One goroutine uses it at a time.
type IMAP struct {
	net.Conn
	replies *bufio.Scanner
}

// OpenIMAP opens INBOX of a user within a minute. The caller closes the session, which has no
// deadline then.
func OpenIMAP(addr string, user int) (*IMAP, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	c := &IMAP{conn, bufio.NewScanner(conn)}
	for _, command := range []string{fmt.Sprintf("LOGIN user%d %q", user, fixture.Password), "SELECT INBOX"} {
		if _, err := c.Command(command); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return c, conn.SetDeadline(time.Time{})
}

// imapOf is OpenIMAP for a session that ends with the test.
func imapOf(t *testing.T, addr string, user int, log func() string) *IMAP {
	t.Helper()
	c, err := OpenIMAP(addr, user)
	if err != nil {
		t.Fatalf("%v\n%s", err, log())
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Command sends a command, waits for its end, and returns its untagged replies. The error
// is one of the connection, or an answer other than OK.
func (c *IMAP) Command(text string) (replies []string, err error) {
	if _, err := fmt.Fprintf(c, "a %s\r\n", text); err != nil {
		return nil, err
	}
	for c.replies.Scan() {
		reply := c.replies.Text()
		if !strings.HasPrefix(reply, "a ") {
			replies = append(replies, reply)
			continue
		}
		if !strings.HasPrefix(reply, "a OK") {
			return nil, fmt.Errorf("%s: %s", text, reply)
		}
		return replies, nil
	}
	return nil, fmt.Errorf("%s: no reply, %v", text, c.replies.Err())
}
