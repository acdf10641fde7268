//go:build integration

package soak

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tpops/test/dovecot"
)

// movedBox is the mailbox whose messages an IMAP client moves away.
const movedBox = 2

// openIMAP opens a session with Dovecot. It stays open for some time, so that Dovecot keeps
// its list in memory.
func openIMAP(addr string, box int) (*dovecot.IMAP, error) {
	c, err := dovecot.OpenIMAP(addr, box)
	if err == nil {
		err = c.SetDeadline(time.Now().Add(2 * time.Minute))
	}
	return c, err
}

// uids returns the UIDs of all messages.
func uids(c *dovecot.IMAP) ([]string, error) {
	replies, err := c.Command("UID SEARCH ALL")
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
func (s *soak) change(c *dovecot.IMAP, box int) error {
	uids, err := uids(c)
	if err != nil || len(uids) == 0 {
		return err
	}
	uid := uids[rand.IntN(len(uids))]
	if box == movedBox && rand.IntN(3) > 0 {
		return s.move(c, box, uid)
	}
	action := []string{"+FLAGS (\\Seen)", "-FLAGS (\\Seen)", "+FLAGS (\\Flagged)", "-FLAGS (\\Flagged)", "+FLAGS ($Important)"}[rand.IntN(5)]
	s.figures.flags.Add(1)
	_, err = c.Command("UID STORE " + uid + " " + action)
	return err
}

// move moves a message to another folder, for good.
func (s *soak) move(c *dovecot.IMAP, box int, uid string) error {
	replies, err := c.Command("UID FETCH " + uid + " BODY.PEEK[HEADER.FIELDS (X-Soak)]")
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
	c.Command("CREATE Other") // It may be there.
	s.set(box, id, removing)
	if _, err := c.Command("UID MOVE " + uid + " Other"); err != nil {
		return err
	}
	s.set(box, id, removed)
	s.figures.moves.Add(1)
	return nil
}
