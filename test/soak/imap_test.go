//go:build integration

package soak

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"tpops/test/fixture"
)

// movedBox is the mailbox whose messages an IMAP client moves away.
const movedBox = 2

// imap is a session with Dovecot. It stays open for some time, so that Dovecot keeps its
// list in memory.
type imap struct {
	net.Conn
	replies *bufio.Scanner
}

func openIMAP(addr string, box int) (*imap, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	c := &imap{conn, bufio.NewScanner(conn)}
	for _, command := range []string{fmt.Sprintf("LOGIN user%d %q", box, fixture.Password), "SELECT INBOX"} {
		if _, err := c.command(command); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return c, nil
}

// command returns the untagged replies.
func (c *imap) command(text string) (replies []string, err error) {
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

// uids returns the UIDs of all messages.
func (c *imap) uids() ([]string, error) {
	replies, err := c.command("UID SEARCH ALL")
	for _, reply := range replies {
		if rest, ok := strings.CutPrefix(reply, "* SEARCH"); ok {
			return strings.Fields(rest), nil
		}
	}
	return nil, err
}

// useIMAP changes flags in all mailboxes, and moves messages out of one.
func (s *soak) useIMAP() {
	for s.live() {
		box := rand.IntN(mailboxes)
		c, err := openIMAP(s.dovecot.Addr, box)
		if err != nil {
			s.fault("IMAP user%d: %v", box, err)
			s.pause(time.Second)
			continue
		}
		for range 1 + rand.IntN(5) {
			err := s.change(c, box)
			if err != nil {
				s.fault("IMAP user%d: %v\n%s", box, err, s.dovecot.Log())
			}
			s.pause(rand.N(200 * time.Millisecond))
		}
		c.Close()
	}
}

// change does one thing with a message.
func (s *soak) change(c *imap, box int) error {
	uids, err := c.uids()
	if err != nil || len(uids) == 0 {
		return err
	}
	uid := uids[rand.IntN(len(uids))]
	if box == movedBox && rand.IntN(3) > 0 {
		return s.move(c, box, uid)
	}
	action := []string{"+FLAGS (\\Seen)", "-FLAGS (\\Seen)", "+FLAGS (\\Flagged)", "-FLAGS (\\Flagged)", "+FLAGS ($Important)"}[rand.IntN(5)]
	s.figures.flags.Add(1)
	_, err = c.command("UID STORE " + uid + " " + action)
	return err
}

// move moves a message to another folder, for good.
func (s *soak) move(c *imap, box int, uid string) error {
	replies, err := c.command("UID FETCH " + uid + " BODY.PEEK[HEADER.FIELDS (X-Soak)]")
	if err != nil {
		return err
	}
	var id int
	found := false
	for _, reply := range replies {
		if n, _ := fmt.Sscanf(reply, fmt.Sprintf("X-Soak: %d-%%d-", box), &id); n == 1 {
			found = true
		}
	}
	if !found {
		return nil // It has just been deleted.
	}
	c.command("CREATE Other") // It may be there.
	s.set(box, id, removing)
	if _, err := c.command("UID MOVE " + uid + " Other"); err != nil {
		return err
	}
	s.set(box, id, removed)
	s.figures.moves.Add(1)
	return nil
}
