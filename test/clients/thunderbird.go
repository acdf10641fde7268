package clients

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tpops/test/daemon"
)

// Thunderbird decides as Thunderbird does which messages to fetch and to delete, by its
// file popstate.dat. It is not the program, which needs a screen.
type Thunderbird struct {
	File       string // popstate.dat
	Host, User string // the account
	Leave      bool   // leave messages on the server
	Days       int    // but delete them after so many days; 0 means never
}

// What the file says of a message: the first letter of its line.
const (
	StateKeep   = 'k' // fetched, and left on the server
	StateDelete = 'd' // to be deleted
	StateFetch  = 'f' // the rest of it is to be fetched
	StateTooBig = 'b' // only its head was fetched
)

// MessageState is what the file says of a message.
type MessageState struct {
	Letter byte
	Since  int64 // when it was fetched, in seconds since 1970
}

// Fetched is what one session did, by UIDL.
type Fetched struct{ Fetched, Deleted []string }

// Read returns the messages of the account, by UIDL. Lines of other accounts, comments
// and lines that are none are ignored; a line without time is of now.
func (b *Thunderbird) Read(now time.Time) (map[string]MessageState, error) {
	text, err := os.ReadFile(b.File)
	if os.IsNotExist(err) {
		return map[string]MessageState{}, nil
	}
	states := map[string]MessageState{}
	isOurs := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if account, is := strings.CutPrefix(line, "*"); is {
			isOurs = account == b.Host+" "+b.User
			continue
		}
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if strings.HasPrefix(line, "#") || !isOurs || len(fields) < 2 || !strings.ContainsRune("kdfb", rune(fields[0][0])) {
			continue
		}
		state := MessageState{fields[0][0], now.Unix()}
		if len(fields) > 2 {
			state.Since, _ = strconv.ParseInt(fields[2], 10, 64) // atoi: what is no number is 0.
		}
		states[fields[1]] = state
	}
	return states, err
}

// Write replaces the file.
func (b *Thunderbird) Write(states map[string]MessageState) error {
	var text strings.Builder
	text.WriteString("# POP3 State File\n# This is a generated file!  Do not edit.\n\n")
	if len(states) > 0 {
		fmt.Fprintf(&text, "*%s %s\n", b.Host, b.User)
	}
	for _, uidl := range slices.Sorted(maps.Keys(states)) {
		fmt.Fprintf(&text, "%c %s %d\n", states[uidl].Letter, uidl, states[uidl].Since)
	}
	return os.WriteFile(b.File, []byte(text.String()), 0o600)
}

// Check fetches and deletes at a server what the file says, at the time now, and
// writes the file. Of a message that is not on the server any more the file forgets
// the UIDL.
func (b *Thunderbird) Check(addr, password string, now time.Time) (done Fetched, err error) {
	before, err := b.Read(now)
	if err != nil {
		return done, err
	}
	if b.Days > 0 {
		expire(before, now.AddDate(0, 0, -b.Days).Unix())
	}
	c, err := daemon.Login(addr, b.User, password)
	if err != nil {
		return done, err
	}
	defer c.Close()
	_, lines, err := c.Multi("UIDL")
	if err != nil {
		return done, err
	}
	after := map[string]MessageState{}
	for line := range bytes.Lines(lines) {
		number, uidl, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		state, known := before[uidl]
		if !known {
			state = MessageState{StateFetch, now.Unix()}
		}
		if err := b.take(c, number, uidl, state, after, &done); err != nil {
			return done, err
		}
	}
	_, quitErr := c.Command("QUIT")
	return done, cmp.Or(quitErr, b.Write(after))
}

// expire marks for deletion what was fetched before a time.
func expire(states map[string]MessageState, before int64) {
	for uidl, state := range states {
		if state.Since < before {
			states[uidl] = MessageState{StateDelete, state.Since}
		}
	}
}

// take does with a message what its state says, and notes its next state.
func (b *Thunderbird) take(c *daemon.Client, number, uidl string, state MessageState, after map[string]MessageState, done *Fetched) error {
	if state.Letter == StateFetch {
		status, _, err := c.Multi("RETR " + number)
		if err != nil || !strings.HasPrefix(status, "+OK") {
			return fmt.Errorf("RETR %s: %q, %w", number, status, err)
		}
		done.Fetched = append(done.Fetched, uidl)
		state.Letter = StateKeep
	}
	if state.Letter == StateDelete || state.Letter == StateKeep && !b.Leave {
		status, err := c.Command("DELE " + number)
		if err != nil || !strings.HasPrefix(status, "+OK") {
			return fmt.Errorf("DELE %s: %q, %w", number, status, err)
		}
		done.Deleted = append(done.Deleted, uidl)
		return nil
	}
	after[uidl] = state
	return nil
}
