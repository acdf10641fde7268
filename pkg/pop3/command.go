package pop3

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// handler carries out one command: it returns what to answer, and does not
// touch the connection.
type handler func(s *session, ctx context.Context, args []string) (reply, error)

// command is a row of the command table. dispatch checks states and number of
// arguments, so that no handler does.
type command struct {
	name     string
	states   state
	min, max int  // how many arguments
	raw      bool // all after the first space is one argument
	secret   int  // which argument is masked in the log, from 1; 0: none
	handle   handler
}

// commands is the one table of commands.
var commands = []command{
	{name: "USER", states: authorization, min: 1, max: 1, handle: (*session).handleUSER},                       // RFC 1939 §7
	{name: "PASS", states: authorization, min: 1, max: 1, raw: true, secret: 1, handle: (*session).handlePASS}, // RFC 1939 §7: may hold spaces
	{name: "APOP", states: authorization, min: 2, max: 2, secret: 2, handle: (*session).handleAPOP},            // RFC 1939 §7
	{name: "XCLIENT", states: authorization, min: 1, max: 64, handle: (*session).handleXCLIENT},                // as Dovecot has it
	{name: "AUTH", states: authorization, max: 2, secret: 1, handle: (*session).handleAUTH},                    // RFC 5034 §4
	{name: "STLS", states: authorization, handle: (*session).handleSTLS},                                       // RFC 2595 §4
	{name: "STAT", states: transaction, handle: (*session).handleSTAT},                                         // RFC 1939 §5
	{name: "LIST", states: transaction, max: 1, handle: (*session).handleLIST},                                 // RFC 1939 §5
	{name: "RETR", states: transaction, min: 1, max: 1, handle: (*session).handleRETR},                         // RFC 1939 §5
	{name: "DELE", states: transaction, min: 1, max: 1, handle: (*session).handleDELE},                         // RFC 1939 §5
	{name: "NOOP", states: transaction, handle: (*session).handleNOOP},                                         // RFC 1939 §5
	{name: "RSET", states: transaction, handle: (*session).handleRSET},                                         // RFC 1939 §5
	{name: "TOP", states: transaction, min: 2, max: 2, handle: (*session).handleTOP},                           // RFC 1939 §7
	{name: "UIDL", states: transaction, max: 1, handle: (*session).handleUIDL},                                 // RFC 1939 §7
	{name: "LAST", states: transaction, handle: (*session).handleLAST},                                         // RFC 1460, gone from RFC 1939
	{name: "UTF8", states: authorization | transaction, handle: (*session).handleUTF8},                         // RFC 6856 §2.1, there before login only
	{name: "LANG", states: authorization | transaction, max: 1, handle: (*session).handleLANG},                 // RFC 6856 §3
	{name: "CAPA", states: authorization | transaction, handle: (*session).handleCAPA},                         // RFC 2449 §5
	{name: "QUIT", states: authorization | transaction, handle: (*session).handleQUIT},                         // RFC 1939 §4, §6
}

// lookup returns the command named by the first word of line, and what
// follows the space after it. It returns nil if there is no such command.
func lookup(line []byte) (*command, []byte) {
	word, rest, _ := bytes.Cut(line, []byte(" "))
	for i := range commands {
		if strings.EqualFold(commands[i].name, string(word)) { // RFC 1939 §3: case-insensitive
			return &commands[i], rest
		}
	}
	return nil, nil
}

// dispatch finds the command in line and lets its handler answer. A response
// that AUTH waits for is no command.
func (s *session) dispatch(ctx context.Context, line []byte) (reply, error) {
	if s.auth != nil {
		return s.continueAUTH(ctx, line)
	}
	c, rest := lookup(line)
	if c == nil || c.states&s.state() == 0 {
		return reply{}, ErrCommand
	}
	args := c.arguments(line, rest)
	if len(args) < c.min || len(args) > c.max {
		return reply{}, c.arityError()
	}
	// QUIT finds out for itself, and nothing may come before its deletions.
	if remote, ok := s.mailbox.(Remote); ok && c.name != "QUIT" {
		if err := remote.Alive(ctx); err != nil {
			return reply{}, fmt.Errorf("before %s: %w", c.name, err)
		}
	}
	return c.handle(s, ctx, args)
}

// state returns the state that decides which commands are valid.
func (s *session) state() state {
	if s.Account == nil {
		return authorization
	}
	return transaction
}

// arguments splits what follows the command. More than one space between
// arguments, or a space after the last, is more than RFC 1939 §3 allows, and
// harmless.
func (c *command) arguments(line, rest []byte) []string {
	if c.raw {
		if len(line) == len(c.name) {
			return nil
		}
		return []string{string(rest)}
	}
	return strings.FieldsFunc(string(rest), func(r rune) bool { return r == ' ' })
}

// arityError returns the text that 0.8 had for a wrong number of arguments.
func (c *command) arityError() error {
	if c.max == 0 {
		return ErrMany
	}
	return ErrFewMany
}

// masked returns line as it may be logged.
func (s *session) masked(line []byte) string {
	if s.auth != nil {
		return "***"
	}
	return mask(line, s.state() == authorization)
}

// mask returns line as it may be logged: without password, APOP digest, or
// anything that follows AUTH. Before login a password may be anywhere else by
// mistake; then no more is shown than a command and its one public argument.
func mask(line []byte, before bool) string {
	c, rest := lookup(line)
	word, _, spaced := bytes.Cut(line, []byte(" "))
	switch {
	case c == nil && before:
		return "***" // PASSsecret, or a password whose PASS was forgotten
	case c == nil || c.secret == 0 && !before || !spaced:
		return string(line)
	}
	shown := word
	if c.secret != 1 && c.max > 0 {
		rest = bytes.TrimLeft(rest, " ")
		// A CR that no LF follows is taken for a line end by the clients
		// that send it.
		end := bytes.IndexAny(rest, " \r\t")
		if end < 0 {
			end = len(rest)
		}
		shown, rest = append(append(bytes.Clone(word), ' '), rest[:end]...), rest[end:]
	}
	if len(rest) == 0 {
		return string(shown)
	}
	return string(shown) + " ***"
}
