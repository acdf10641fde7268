package dovecot

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// imap is a session with an IMAP server.
type imap struct {
	net.Conn
	replies *bufio.Scanner
}

// imapOf opens INBOX of a user.
func imapOf(t *testing.T, addr string, user int, log func() string) *imap {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &imap{conn, bufio.NewScanner(conn)}
	for _, command := range []string{fmt.Sprintf("LOGIN user%d %q", user, fixture.Password), "SELECT INBOX"} {
		if err := c.command(command); err != nil {
			t.Fatalf("%v\n%s", err, log())
		}
	}
	return c
}

// command sends a command and waits for its end.
func (c *imap) command(text string) error {
	if _, err := fmt.Fprintf(c, "a %s\r\n", text); err != nil {
		return err
	}
	for c.replies.Scan() {
		if reply := c.replies.Text(); strings.HasPrefix(reply, "a ") {
			if !strings.HasPrefix(reply, "a OK") {
				return fmt.Errorf("%s: %s", text, reply)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: no reply, %v", text, c.replies.Err())
}
