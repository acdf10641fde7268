//go:build integration || cluster || nfs

package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// state is what is known of a message.
type state int

const (
	present state = iota
	unsure        // deleted in a session that broke while QUIT was answered
	deleted
)

// mailUser is a user, with all that is known of each message that was ever delivered.
type mailUser struct {
	t                    *testing.T
	login, password, dir string
	address              string // of its client

	patient time.Duration // how long a session may take

	// agent delivers message n, and returns the UIDL.
	agent func(u *mailUser, n int, content []byte) (string, error)

	mu       sync.Mutex
	queued   bool     // no mail is delivered
	order    []string // UIDLs, in the order of lists
	contents map[string][]byte
	states   map[string]state
}

func newMailUser(t *testing.T, mail string, n int) *mailUser {
	t.Helper()
	u := &mailUser{
		t: t, login: fmt.Sprintf("user%d", n), password: fmt.Sprintf("secret%d", n), address: clientAddress(n),
		contents: map[string][]byte{}, states: map[string]state{}, agent: drop,
		patient: 30 * time.Second,
	}
	u.dir = filepath.Join(mail, u.login)
	if err := corpus.Write(u.dir, nil); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		u.deliver()
	}
	return u
}

// must returns the UIDLs that a login has to list.
func (u *mailUser) must() (uidls []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, uidl := range u.order {
		if u.states[uidl] == present {
			uidls = append(uidls, uidl)
		}
	}
	return uidls
}

// check holds the list of a login against what is known: must was known before it.
func (u *mailUser) check(listed, must []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := -1
	for _, uidl := range listed {
		at := slices.Index(u.order, uidl)
		if at <= last {
			u.t.Errorf("%s: UIDL %q is unknown, listed twice or out of order", u.login, uidl)
		}
		last = at
		if u.states[uidl] == deleted {
			u.t.Errorf("%s: %s was deleted and is listed", u.login, uidl)
		}
	}
	for _, uidl := range must {
		if !slices.Contains(listed, uidl) && u.states[uidl] == present {
			u.t.Errorf("%s: message %s is lost", u.login, uidl)
		}
	}
}

// mark records what became of a message.
func (u *mailUser) mark(uidl string, now state) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.states[uidl] = now
}

// list returns the UIDLs of a session.
func list(c *daemon.Client) (uidls []string, err error) {
	status, lines, err := c.Multi("UIDL")
	if err == nil && !strings.HasPrefix(status, "+OK") {
		err = fmt.Errorf("UIDL: %s", status)
	}
	for line := range strings.Lines(string(lines)) {
		if _, uidl, found := strings.Cut(strings.TrimSpace(line), " "); found {
			uidls = append(uidls, uidl)
		}
	}
	return uidls, err
}

// fetch retrieves message number n and compares it.
func (u *mailUser) fetch(c *daemon.Client, n int, uidl string) error {
	status, got, err := c.Multi(fmt.Sprintf("RETR %d", n))
	if err == nil && !strings.HasPrefix(status, "+OK") {
		err = fmt.Errorf("RETR: %s", status)
	}
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !bytes.Equal(got, u.contents[uidl]) {
		u.t.Errorf("%s: message %s has other contents", u.login, uidl)
	}
	return nil
}

// remove deletes message 1 and ends the session.
func (u *mailUser) remove(c *daemon.Client, uidl string) error {
	answer, err := c.Command("DELE 1")
	if err != nil || !strings.HasPrefix(answer, "+OK") {
		return fmt.Errorf("DELE: %q, %w", answer, err)
	}
	u.mark(uidl, unsure)
	answer, err = c.Command("QUIT")
	if err != nil {
		return fmt.Errorf("QUIT: %w", err)
	}
	if !strings.HasPrefix(answer, "+OK") {
		return fmt.Errorf("QUIT: %s", answer)
	}
	u.mark(uidl, deleted)
	return nil
}

// finish checks the files: all messages that are present are there, with their contents.
func (u *mailUser) finish() {
	names := map[string]bool{}
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(u.dir, sub))
		if err != nil {
			u.t.Error(err)
		}
		for _, e := range entries {
			unique, _, _ := strings.Cut(e.Name(), ":")
			names[unique] = true
		}
	}
	for _, uidl := range u.order {
		if now := u.states[uidl]; now == present && !names[uidl] || now == deleted && names[uidl] {
			u.t.Errorf("%s: message %s, state %d, has a file: %v", u.login, uidl, now, names[uidl])
		}
	}
}
