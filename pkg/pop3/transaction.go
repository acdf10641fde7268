package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math"
	"strconv"
)

func (s *session) listing() *Listing { return s.mailbox.Listing() }

func (s *session) handleSTAT(context.Context, []string) (reply, error) {
	return ok("%d %d", s.Left.Messages, s.Left.Octets)
}

func (s *session) handleLIST(_ context.Context, args []string) (reply, error) {
	if len(args) == 0 {
		r, err := ok("%d messages (%d octets)", s.Left.Messages, s.Left.Octets)
		r.lines = s.rows(func(b []byte, m Message) []byte { return strconv.AppendInt(b, m.Octets, 10) })
		return r, err
	}
	n, err := s.number(args[0])
	if err != nil {
		return reply{}, err
	}
	return ok("%d %d", n, s.listing().Message(n).Octets)
}

func (s *session) handleUIDL(_ context.Context, args []string) (reply, error) {
	if !s.listing().HasUIDLs() {
		return reply{}, ErrNoUIDL // It is optional (RFC 1939 §7).
	}
	if len(args) == 0 {
		r := reply{}
		r.lines = s.rows(func(b []byte, m Message) []byte { return append(b, m.UIDL...) })
		return r, nil
	}
	n, err := s.number(args[0])
	if err != nil {
		return reply{}, err
	}
	return ok("%d %s", n, s.listing().Message(n).UIDL)
}

// rows yields a line for each message not marked as deleted: its number, a
// space, and what column appends.
func (s *session) rows(column func([]byte, Message) []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var line []byte
		for n := 1; n <= s.listing().Len(); n++ {
			if s.Marks.IsDeleted(n) {
				continue
			}
			line = append(strconv.AppendInt(line[:0], int64(n), 10), ' ')
			line = column(line, s.listing().Message(n))
			if !yield(line) {
				return
			}
		}
	}
}

// number returns the message-number that a client gave: digits only, of a
// message that is there and not marked as deleted (RFC 1939 §5).
func (s *session) number(arg string) (int, error) {
	n, err := strconv.ParseUint(arg, 10, 31) // takes no sign
	if err != nil || n < 1 || int(n) > s.listing().Len() || s.Marks.IsDeleted(int(n)) {
		return 0, ErrNoMessage
	}
	return int(n), nil
}

func (s *session) handleRETR(ctx context.Context, args []string) (reply, error) {
	m, err := s.open(args[0], func(n int) (io.ReadCloser, error) { return s.mailbox.Open(ctx, n) })
	if err != nil {
		return reply{}, err
	}
	r, err := ok("%d octets", s.listing().Message(m.number).Octets)
	r.message = m
	return r, err
}

func (s *session) handleTOP(ctx context.Context, args []string) (reply, error) {
	lines, err := lineCount(args[1])
	if err != nil {
		return reply{}, err
	}
	topper, ready := s.mailbox.(Topper)
	m, err := s.open(args[0], func(n int) (io.ReadCloser, error) {
		if ready {
			return topper.Top(ctx, n, lines)
		}
		return s.mailbox.Open(ctx, n)
	})
	if err != nil {
		return reply{}, err
	}
	m.top = true
	if !ready {
		m.text = wireText{limited: true, lines: lines}
	}
	return reply{message: m}, nil
}

// lineCount returns the second argument of TOP. Clients ask for 99999999 and
// more when they want the whole message.
func lineCount(arg string) (int64, error) {
	n, err := strconv.ParseUint(arg, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		return math.MaxInt64, nil
	}
	if err != nil {
		return 0, ErrFewMany
	}
	return int64(n), nil
}

// open opens the message of the number that a client gave.
func (s *session) open(arg string, from func(n int) (io.ReadCloser, error)) (*messageReply, error) {
	n, err := s.number(arg)
	if err != nil {
		return nil, err
	}
	file, err := from(n)
	if err != nil {
		if !errors.Is(err, ErrNoMessage) {
			s.Unread.See(n)
		}
		return nil, fmt.Errorf("open message %d (%s): %w", n, s.listing().Message(n).UIDL, err)
	}
	return &messageReply{ReadCloser: file, number: n}, nil
}

// handleDELE marks a message. Some clients delete whatever they have asked for,
// even if RETR failed: a message that this session could not have is kept.
func (s *session) handleDELE(_ context.Context, args []string) (reply, error) {
	n, err := s.number(args[0])
	if err != nil {
		return reply{}, err
	}
	if s.Unread.IsSeen(n) && !s.Marks.IsSeen(n) {
		return reply{}, ErrUnread
	}
	s.Marks.Delete(n)
	s.Left.Messages--
	s.Left.Octets -= s.listing().Message(n).Octets
	return ok("message deleted")
}

func (s *session) handleNOOP(context.Context, []string) (reply, error) { return reply{}, nil }

func (s *session) handleRSET(context.Context, []string) (reply, error) {
	s.resetMarks()
	return reply{}, nil
}

func (s *session) resetMarks() {
	s.Marks.Reset()
	s.Left = s.Before
}

// handleLAST answers the number up to which all messages were seen, earlier or
// by this session's RETRs. See Listing.Last.
func (s *session) handleLAST(context.Context, []string) (reply, error) {
	last, l := s.listing().Last(), s.listing()
	for last < l.Len() && (l.Message(last+1).Seen || s.Marks.IsSeen(last+1)) {
		last++
	}
	return ok("%d", last)
}

// handleQUIT ends the session, in TRANSACTION through the UPDATE state (RFC
// 1939 §6). The lock is given back before the answer, so that a client that
// connects again at once is not told that its mailbox is in use.
func (s *session) handleQUIT(ctx context.Context, _ []string) (reply, error) {
	bye := reply{text: "server signing off", ends: reasonQuit}
	if s.mailbox == nil {
		return bye, nil
	}
	logs := ctx
	ctx = context.WithoutCancel(ctx)
	s.markExpired(ctx)
	err := s.update(ctx, logs)
	s.closeMailbox()
	if err != nil {
		s.end(reasonQuit, nil)
		return reply{}, err
	}
	return bye, nil
}

// update removes what is marked, and tells the log of each message. After an
// error that is no *UpdateError nothing is known of any message. The records
// wait for room in the log for logPatience, or until the context logs ends.
func (s *session) update(ctx, logs context.Context) error {
	err := s.mailbox.Update(ctx, &s.Marks)
	partly := &UpdateError{}
	if err != nil && !errors.As(err, &partly) {
		return fmt.Errorf("update mailbox: %w", err)
	}
	s.updated = true
	logs, cancel := context.WithTimeout(logs, logPatience)
	defer cancel()
	kept := partly.Kept
	for n := range s.Marks.Deleted() {
		if len(kept) > 0 && kept[0] == n {
			kept = kept[1:]
			s.Left.Messages++
			s.Left.Octets += s.listing().Message(n).Octets
			s.logMessage(logs, slog.LevelWarn, EventKept, n)
			continue
		}
		s.Deleted++
		s.logDeleted(logs, n)
	}
	if err != nil {
		return fmt.Errorf("update mailbox: %w", err)
	}
	return nil
}
