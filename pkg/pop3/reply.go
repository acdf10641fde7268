package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"time"
)

// reply is what a handler answers: a text after +OK, and for a multi-line
// reply either lines or a message.
type reply struct {
	text    string           // a key of translations, if it is in words
	args    []any            // for the verbs in text, if there are any
	lines   iter.Seq[[]byte] // each valid until the next; without line ends
	message *messageReply
	ends    reason // why the session ends with this reply, if it does
	thenTLS bool   // the TLS handshake follows

	continues bool // no answer yet but a challenge (RFC 5034 §4): + and text
}

// messageReply is the message of RETR and TOP; write closes it.
type messageReply struct {
	io.ReadCloser
	number int
	top    bool // of TOP
	text   wireText
}

func ok(format string, args ...any) (reply, error) {
	return reply{text: format, args: args}, nil
}

// write is the one place where replies are written. err is that of the
// handler and takes the place of r.
func (s *session) write(ctx context.Context, r reply, err error) {
	if err != nil {
		s.writeError(ctx, err)
		return
	}
	if r.continues {
		s.writeChallenge(r.text)
		return
	}
	s.statusLine("+OK", s.say(r.text, r.args))
	switch {
	case r.lines != nil:
		s.writeLines(r.lines)
	case r.message != nil:
		s.writeMessage(ctx, r.message)
	}
	s.end(r.ends, s.out.err)
}

// writeError answers err: its own text if it is or wraps an *Error, else
// [SYS/TEMP] (RFC 3206 §4), and the full text in the log.
func (s *session) writeError(ctx context.Context, err error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		s.refused(refusal)
		return
	}
	known := visible(err)
	if known != err { // A bare *Error has no more to say in the log.
		s.log(slog.LevelWarn, EventTrouble, slog.Any("error", err))
	}
	s.Errors++
	if s.delays(known) {
		s.out.flush()
		if s.pause(ctx, s.errorInterval(known)) != nil || ctx.Err() != nil {
			s.endCommand(ctx) // Without an answer, which the client could get early otherwise.
			return
		}
	}
	s.statusLine("-ERR", s.sayError(known))
	if errors.Is(err, ErrMailboxLost) {
		s.end(reasonMailbox, nil) // The log has the error already.
	}
	if known.Code == CodeAuth {
		// As in 0.8: a new try needs a new connection.
		s.end("", ErrAuth)
	}
}

// floodErrors is how many errors a client may cause in one session without
// being slowed down.
const floodErrors = 10

// delays reports whether error-interval applies: to a failed login, and to
// any error of a client that makes many.
func (s *session) delays(err *Error) bool {
	return s.backend.DelayAll || err.Code == CodeAuth || s.Errors > floodErrors
}

// errorInterval returns how long to wait before err is answered. To a failed
// login all counts that went by since the password came: a delay before the
// check, and the check itself, which may take longer for some users than for
// others, or for nobody. So the time of the answer does not tell.
func (s *session) errorInterval(err *Error) time.Duration {
	if err.Code == CodeAuth {
		return s.backend.ErrorInterval - time.Since(s.tried)
	}
	return s.backend.ErrorInterval
}

// writeChallenge writes the line of a challenge: with a space even if there is
// nothing behind it (RFC 5034 §4).
func (s *session) writeChallenge(text string) {
	s.debug("response", "+ ***")
	s.out.edit(func(b []byte) []byte {
		return append(append(append(b, "+ "...), text...), "\r\n"...)
	})
	s.end("", s.out.err)
}

func (s *session) statusLine(status, text string) {
	if text != "" {
		status += " " + text
	}
	s.debug("response", status)
	s.out.edit(func(b []byte) []byte {
		return append(append(b, status...), "\r\n"...)
	})
}

// writeLines writes the lines of a multi-line reply (RFC 1939 §3).
func (s *session) writeLines(lines iter.Seq[[]byte]) {
	var w wireText
	for line := range lines {
		s.out.edit(func(b []byte) []byte {
			b, _ = w.append(b, line)
			b, _ = w.append(b, []byte("\n"))
			return b
		})
		if s.out.err != nil {
			return
		}
	}
	s.out.edit(w.appendEnd)
}

// writeMessage writes a message. The +OK is already on its way, so that the
// only answer to an error is to close (there is no other way in RFC 1939 §3
// to say that a reply is not whole). What is counted and logged of it has been
// written.
func (s *session) writeMessage(ctx context.Context, m *messageReply) {
	defer m.Close()
	start := s.out.gathered
	why, err := s.gather(ctx, m)
	end := s.out.gathered
	if err == nil {
		// The dot goes out together with the end of the message: some
		// clients do not find it in a packet of its own.
		s.out.edit(m.text.appendEnd)
	}
	s.out.flush()
	sent := max(0, min(s.out.written, end)-start)
	s.Sent += sent
	s.end(why, err)
	switch {
	case err != nil || s.out.err != nil:
	case m.top:
		s.Tops++
	default:
		s.Marks.See(m.number)
		s.Retrieved++
		ctx, cancel := context.WithTimeout(ctx, logPatience)
		defer cancel()
		s.logMessage(ctx, slog.LevelInfo, EventRetrieved, m.number, slog.Int64("sent", sent))
	}
}

// gather writes a message but for its end, and returns why it is not whole
// unless that is the connection's fault.
func (s *session) gather(ctx context.Context, m *messageReply) (reason, error) {
	piece := takeBuffer()
	defer giveBuffer(piece)
	for more := true; more && s.out.err == nil; {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		n, err := m.Read((*piece)[:outputSize])
		s.out.edit(func(b []byte) []byte {
			b, more = m.text.append(b, (*piece)[:n])
			return b
		})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return reasonMessage, fmt.Errorf("read message %d: %w", m.number, err)
		}
	}
	return "", nil
}
