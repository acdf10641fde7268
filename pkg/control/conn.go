package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"time"
)

// conn is the connection of a peer that is permitted.
type conn struct {
	*net.UnixConn
	server *Server
	peer   Peer
	lines  *lineReader
}

func newConn(s *Server, c *net.UnixConn, peer Peer) *conn {
	return &conn{c, s, peer, newLineReader(c, maxRequest)}
}

// serve answers requests until the client closes the connection or sends anything else.
func (c *conn) serve() {
	a := newReply(c)
	if a.send(answer{Hello: &Hello{protocol, c.server.Version, c.server.Type}}) != nil || a.flush() != nil {
		return
	}
	for c.answerNext() {
	}
}

// answerNext reads a request and answers it. It returns whether another may follow.
func (c *conn) answerNext() bool {
	if c.SetReadDeadline(time.Now().Add(c.server.limits.request)) != nil {
		return false
	}
	line, err := c.lines.next()
	a := newReply(c)
	if errors.Is(err, bufio.ErrTooLong) {
		_ = a.finish(nil, &Error{codeRequest, fmt.Sprintf("the request is longer than %d octets", maxRequest)})
		return false
	}
	if err != nil {
		return false
	}
	r, err := parseRequest(line)
	if err != nil {
		_ = a.finish(nil, err) // The connection is closed either way.
		return false
	}
	end, err := c.carryOut(r, a)
	return a.finish(end, err) == nil
}

// carryOut carries out a request, and returns what ends the answer.
func (c *conn) carryOut(r *request, a *Reply) (end any, err error) {
	command := c.server.commands[r.Command]
	if command == nil {
		return nil, &Error{CodeCommand, fmt.Sprintf("the daemon has no command %q", r.Command)}
	}
	ctx, cancel := context.WithCancel(c.server.ctx)
	defer cancel()
	if command.Follows {
		a.follows = true
		defer c.cancelWithClient(cancel)()
	}
	leave, err := c.server.takeTurn(ctx, command)
	if err != nil {
		return nil, err
	}
	defer leave()
	if !command.Follows { // The wait for other commands does not count.
		a.until = time.Now().Add(c.server.limits.answer)
	}
	defer func() {
		if fault := recover(); fault != nil {
			c.server.Log.Error("control command failed", slog.String("command", command.Name),
				slog.Any("error", fmt.Errorf("panic: %v\n%s", fault, debug.Stack())))
			err = &Error{codeInternal, "internal error: see the log of the daemon"}
		}
	}()
	return command.Run(ctx, &Request{Peer: c.peer, arguments: r.Arguments}, a)
}

// takeTurn waits until a command may begin, and returns what to call at its end. Too
// many commands that follow are an error instead.
func (s *Server) takeTurn(ctx context.Context, command *Command) (leave func(), err error) {
	if command.Follows {
		select {
		case s.follows <- struct{}{}:
			return func() { <-s.follows }, nil
		default:
			return nil, &Error{CodeBusy, fmt.Sprintf("%d commands like %s run already", cap(s.follows), command.Name)}
		}
	}
	select {
	case s.answers <- struct{}{}:
		return func() { <-s.answers }, nil
	case <-ctx.Done():
		return nil, &Error{CodeBusy, "the daemon is stopping"}
	}
}

// cancelWithClient cancels a command when the client sends anything or closes the
// connection. The function that it returns ends the watch.
func (c *conn) cancelWithClient(cancel context.CancelFunc) (stop func()) {
	done := make(chan struct{})
	_ = c.SetReadDeadline(time.Time{}) // If it fails, so does the read.
	go func() {
		defer close(done)
		_, _ = c.Read(make([]byte, 1))
		cancel()
	}()
	return func() {
		_ = c.SetReadDeadline(time.Unix(1, 0))
		<-done
	}
}
