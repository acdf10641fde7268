package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// handler carries out one command. It returns the reply or an error, and does
// not touch the connection.
type handler func(s *session, ctx context.Context, args []string) (reply, error)

// command is a row of a command table. dispatch checks the state and the number
// of arguments, so that handlers need not.
type command struct {
	name     string
	min, max int  // how many arguments
	raw      bool // all after the first space is one argument
	secret   int  // which argument is masked in the log, from 1; 0: none
	optional bool // a client may conclude from an error reply that the server does not support it
	handle   handler
}

// commonCommands are the commands of both states. Those of one state are in
// authorizationCommands and transactionCommands.
var commonCommands = []command{
	{name: "UTF8", handle: (*session).handleUTF8},                 // RFC 6856 §2.1, where it is for AUTHORIZATION only
	{name: "LANG", max: 1, handle: (*session).handleLANG},         // RFC 6856 §3
	{name: "CAPA", optional: true, handle: (*session).handleCAPA}, // RFC 2449 §5
}

// reply is the answer of a handler: a text after +OK, and for a multi-line
// reply (RFC 1939 §3) either lines or a message.
type reply struct {
	text    string           // a key of the Japanese table, if it has words
	args    []any            // for the verbs in text, if any
	lines   iter.Seq[[]byte] // each valid until the next; without a line end at its end
	message *messageReply
	ends    reason // why the session ends with this reply, if it does
	thenTLS bool   // the TLS handshake follows (RFC 2595 §4)

	continues bool // a challenge instead of +OK (RFC 5034 §4)
}

// messageReply is the message of RETR and TOP; send closes it.
type messageReply struct {
	io.ReadCloser
	number int
	top    bool      // of TOP
	begun  time.Time // when the command was carried out; zero once the first octets were read
	text   wireText
}

func ok(format string, args ...any) (reply, error) {
	return reply{text: format, args: args}, nil
}

// step reads one command and answers it. It returns true if the client has not
// sent one for a while: then step is called again once it has sent something.
func (s *session) step(ctx context.Context) (waits bool) {
	s.conn.awaitCommand()
	s.showWaiting()
	line, err := s.in.readLine()
	if errors.Is(err, errWaits) {
		return true
	}
	s.conn.commandCame()
	if err != nil {
		s.endRead(ctx, err)
		return false
	}
	s.answer(ctx, line)
	return false
}

// answer carries out a command.
func (s *session) answer(ctx context.Context, line []byte) {
	if s.backend.Debug {
		s.debug("command", s.masked(line))
	}
	s.observeCommand(line)
	if s.auth.isHTTP(line) {
		s.end(reasonHTTP, nil)
		return
	}
	s.answering = true
	defer func() { s.answering = false }()
	r, err := s.dispatch(ctx, line)
	switch {
	case err != nil && ctx.Err() != nil && s.ending == "":
		s.endCommand(ctx)
		return
	case err != nil:
		s.writeError(ctx, err)
	default:
		s.send(ctx, r)
	}
	if r.thenTLS {
		s.startTLS()
	}
}

// dispatch finds the command in line and calls its handler. A response to an
// AUTH challenge is not a command.
func (s *session) dispatch(ctx context.Context, line []byte) (reply, error) {
	if s.auth.exchange != nil {
		s.showCommand(s.last)
		return s.auth.continueAUTH(ctx, line)
	}
	commands := authorizationCommands
	if s.loggedIn() {
		commands = transactionCommands
	}
	c, rest := lookup(line, commands, commonCommands)
	if c == nil {
		return reply{}, ErrCommand
	}
	s.showCommand(c)
	args := c.arguments(line, rest)
	if len(args) < c.min || len(args) > c.max {
		return reply{}, c.arityError()
	}
	// QUIT finds out for itself, and nothing may delay its deletions.
	if remote, ok := s.tx.mailbox.(Remote); ok && c.name != "QUIT" {
		if err := remote.Alive(ctx); err != nil {
			return reply{}, fmt.Errorf("before %s: %w", c.name, err)
		}
	}
	return c.handle(s, ctx, args)
}

// send passes a reply to the writer.
func (s *session) send(ctx context.Context, r reply) {
	text := translateFormat(s.Language, r.text, r.args)
	s.observeReply(&r, text)
	if r.continues {
		s.out.challenge(r.text)
		s.end("", s.out.err)
		return
	}
	s.out.line("+OK", text)
	switch {
	case r.lines != nil:
		before := s.out.gathered
		s.out.lines(r.lines)
		s.observeRest(s.out.gathered - before)
	case r.message != nil:
		s.sendMessage(ctx, r.message)
	}
	s.end(r.ends, s.out.err)
}

// sendMessage passes a message to the writer. What is counted and logged of it
// has been written.
func (s *session) sendMessage(ctx context.Context, m *messageReply) {
	defer m.Close()
	sent, why, err := s.out.message(ctx, m)
	s.end(why, err)
	s.observeRest(sent)
	s.tx.sent(ctx, m, sent, err == nil && s.out.err == nil)
}

// lookup returns the command named by the first word of line, and what
// follows the space after it. It returns nil if the tables have no such command.
func lookup(line []byte, tables ...[]command) (*command, []byte) {
	word, rest, _ := bytes.Cut(line, []byte(" "))
	for _, commands := range tables {
		for i := range commands {
			if strings.EqualFold(commands[i].name, string(word)) { // RFC 1939 §3: case-insensitive
				return &commands[i], rest
			}
		}
	}
	return nil, nil
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
