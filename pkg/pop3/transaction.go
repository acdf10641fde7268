package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// transaction is the TRANSACTION state of a session (RFC 1939 §5): its plain
// data and the open mailbox.
type transaction struct {
	*Transaction // of the session's State
	s            *session

	mailbox Mailbox // nil before login, and once closed
	expired Marks   // the messages marked as deleted by their age, not by the client
	updated bool    // QUIT was received: Left counts what is in the maildrop

	unconfirmed int // messages of which QUIT could not find out whether they were removed; Left counts them
}

// transactionCommands is the command table of the TRANSACTION state.
var transactionCommands = []command{
	{name: "STAT", handle: inTransaction((*transaction).handleSTAT)},                      // RFC 1939 §5
	{name: "LIST", max: 1, handle: onMessages((*transaction).handleLIST)},                 // RFC 1939 §5
	{name: "RETR", min: 1, max: 1, handle: onMessages((*transaction).handleRETR)},         // RFC 1939 §5
	{name: "DELE", min: 1, max: 1, handle: onMessages((*transaction).handleDELE)},         // RFC 1939 §5
	{name: "NOOP", handle: inTransaction((*transaction).handleNOOP)},                      // RFC 1939 §5
	{name: "RSET", handle: inTransaction((*transaction).handleRSET)},                      // RFC 1939 §5
	{name: "TOP", min: 2, max: 2, handle: onMessages((*transaction).handleTOP)},           // RFC 1939 §7
	{name: "UIDL", max: 1, optional: true, handle: onMessages((*transaction).handleUIDL)}, // RFC 1939 §7
	{name: "LAST", optional: true, handle: onMessages((*transaction).handleLAST)},         // RFC 1460, removed in RFC 1939
	{name: "QUIT", handle: inTransaction((*transaction).handleQUIT)},                      // RFC 1939 §6
}

// inTransaction returns the handler that calls f with the session's TRANSACTION
// state.
func inTransaction(f func(*transaction, context.Context, []string) (reply, error)) handler {
	return func(s *session, ctx context.Context, args []string) (reply, error) { return f(&s.tx, ctx, args) }
}

// begin enters the TRANSACTION state with an open mailbox (RFC 1939 §4).
func (t *transaction) begin(account *Account, mailbox Mailbox) {
	t.Account, t.mailbox, t.LoginAt = account, mailbox, time.Now()
	t.Before = Drop{t.listing().Len(), t.listing().Octets()}
	t.resetMarks()
}

// close closes the mailbox, which releases its lock.
func (t *transaction) close() {
	if t.mailbox == nil {
		return
	}
	mailbox := t.mailbox
	t.mailbox = nil
	t.s.count(&t.s.server.stats.mailboxes, -1)
	if err := mailbox.Close(); err != nil {
		t.s.log(slog.LevelWarn, EventTrouble, slog.Any("error", fmt.Errorf("close mailbox: %w", err)))
	}
}

func (t *transaction) listing() *Listing { return t.mailbox.Listing() }

func (t *transaction) handleSTAT(context.Context, []string) (reply, error) {
	return ok("%d %d", t.Left.Messages, t.Left.Octets)
}

func (t *transaction) handleLIST(_ context.Context, args []string) (reply, error) {
	if len(args) == 0 {
		r, err := ok("%d messages (%d octets)", t.Left.Messages, t.Left.Octets)
		r.lines = t.rows(func(b []byte, m Message) []byte { return strconv.AppendInt(b, m.Octets, 10) })
		return r, err
	}
	n, err := t.number(args[0])
	if err != nil {
		return reply{}, err
	}
	return ok("%d %d", n, t.listing().Message(n).Octets)
}

func (t *transaction) handleUIDL(_ context.Context, args []string) (reply, error) {
	if !t.listing().HasUIDLs() {
		return reply{}, ErrNoUniqueID // It is optional (RFC 1939 §7).
	}
	if len(args) == 0 {
		r := reply{}
		r.lines = t.rows(func(b []byte, m Message) []byte { return append(b, m.UIDL...) })
		return r, nil
	}
	n, err := t.number(args[0])
	if err != nil {
		return reply{}, err
	}
	return ok("%d %s", n, t.listing().Message(n).UIDL)
}

// number returns the message-number that a client gave: digits only, of a
// message that is there and not marked as deleted (RFC 1939 §5).
func (t *transaction) number(arg string) (int, error) {
	n, err := strconv.ParseUint(arg, 10, 31) // takes no sign
	if err != nil || n < 1 || int(n) > t.listing().Len() || t.Marks.IsDeleted(int(n)) {
		return 0, ErrNoMessage
	}
	return int(n), nil
}

func (t *transaction) handleRETR(ctx context.Context, args []string) (reply, error) {
	m, err := t.open(args[0], func(n int) (io.ReadCloser, error) { return t.mailbox.Open(ctx, n) })
	if err != nil {
		return reply{}, err
	}
	r, err := ok("%d octets", t.listing().Message(m.number).Octets)
	r.message = m
	return r, err
}

// open opens the message of the number that a client gave.
func (t *transaction) open(arg string, from func(n int) (io.ReadCloser, error)) (*messageReply, error) {
	begun := t.s.clock()
	n, err := t.number(arg)
	if err != nil {
		return nil, err
	}
	file, err := from(n)
	if err != nil {
		if !errors.Is(err, ErrNoMessage) {
			t.Unread.See(n)
		}
		return nil, fmt.Errorf("open message %d (%s): %w", n, t.listing().Message(n).UIDL, err)
	}
	return &messageReply{ReadCloser: file, number: n, begun: begun}, nil
}

func (t *transaction) handleNOOP(context.Context, []string) (reply, error) { return reply{}, nil }

// handleLAST answers the number up to which all messages were seen, earlier or
// by this session's RETRs. See Listing.Last.
func (t *transaction) handleLAST(context.Context, []string) (reply, error) {
	last, l := t.listing().Last(), t.listing()
	for last < l.Len() && (l.Message(last+1).Seen || t.Marks.IsSeen(last+1)) {
		last++
	}
	return ok("%d", last)
}

// sent counts and logs a message of which RETR or TOP has written some octets, or all.
func (t *transaction) sent(ctx context.Context, m *messageReply, octets int64, whole bool) {
	t.Sent += octets
	t.s.tally(FigureMessageOctets, "", octets)
	switch {
	case !whole:
		t.brokeOff(ctx, m, octets)
	case m.top:
		t.Tops++
	default:
		t.Marks.See(m.number)
		t.Retrieved++
		t.s.tally(FigureRetrieved, "", 1)
		wait := &logWait{Context: ctx}
		defer wait.end()
		t.logMessage(wait, slog.LevelInfo, EventRetrieved, m.number, slog.Int64("sent", octets))
	}
}

// logMessage writes one record about message number n, if message
// records are enabled. Warnings are always written. It waits for room in the log
// until ctx ends.
func (t *transaction) logMessage(ctx context.Context, level slog.Level, event Event, n int, attrs ...slog.Attr) {
	if !t.s.backend.LogMessages && level < slog.LevelWarn {
		return
	}
	m := t.listing().Message(n)
	t.s.logWaiting(ctx, level, event, append(attrs, slog.String("uidl", m.UIDL), slog.Int64("octets", m.Octets))...)
}
