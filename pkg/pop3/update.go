package pop3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"
)

// handleDELE marks a message. Some clients delete whatever they have asked for,
// even if RETR failed, in this session or an earlier one: a message that the
// session could not have is kept, and one that none can have.
func (t *transaction) handleDELE(_ context.Context, args []string) (reply, error) {
	n, err := t.number(args[0])
	if err != nil {
		return reply{}, err
	}
	if (t.Unread.IsSeen(n) || t.listing().Message(n).Unreadable) && !t.Marks.IsSeen(n) {
		return reply{}, ErrUnread
	}
	t.Marks.Delete(n)
	t.Left.Messages--
	t.Left.Octets -= t.listing().Message(n).Octets
	return ok("message deleted")
}

func (t *transaction) handleRSET(context.Context, []string) (reply, error) {
	t.resetMarks()
	return reply{}, nil
}

func (t *transaction) resetMarks() {
	t.Marks.Reset()
	t.Left = t.Before
}

// goodbye is the reply to QUIT in either state.
var goodbye = reply{text: "server signing off", ends: reasonQuit}

// handleQUIT ends the session, in TRANSACTION through the UPDATE state (RFC
// 1939 §6). Close before replying: some clients reconnect at once, and would find
// their mailbox in use.
func (t *transaction) handleQUIT(ctx context.Context, _ []string) (reply, error) {
	logs := ctx
	ctx = context.WithoutCancel(ctx)
	t.markExpired(ctx)
	err := t.update(ctx, logs)
	t.close()
	if err != nil {
		t.s.end(reasonQuit, nil)
		return reply{}, err
	}
	return goodbye, nil
}

// update removes what is marked, and logs each message. The records wait for room in the log
// for logTimeout, or until the context logs ends.
//
// An error reply means that deleted messages were not removed (RFC 1939 §6). If there are
// none, the client has what it came for, and must not fetch it again: an error is only logged.
func (t *transaction) update(ctx, logs context.Context) error {
	removes := t.Left.Messages < t.Before.Messages
	err := t.mailbox.Update(ctx, &t.Marks)
	t.settle(logs, t.outcome(err))
	if err == nil {
		return nil
	}
	err = fmt.Errorf("update mailbox: %w", err)
	if !removes {
		t.s.log(slog.LevelWarn, EventTrouble, slog.Any("error", err))
		return nil
	}
	return err
}

// outcome returns what has become of the messages marked as deleted.
func (t *transaction) outcome(err error) *UpdateError {
	outcome := &UpdateError{}
	if err != nil && !errors.As(err, &outcome) {
		outcome.Kept = slices.Collect(t.Marks.Deleted())
	}
	return outcome
}

// settle counts and logs what has become of each message marked as deleted.
func (t *transaction) settle(logs context.Context, outcome *UpdateError) {
	t.updated = true
	wait := &logWait{Context: logs}
	defer wait.end()
	kept := outcome.Kept
	for n := range t.Marks.Deleted() {
		switch {
		case len(kept) > 0 && kept[0] == n:
			kept = kept[1:]
			t.remains(wait, EventKept, n)
		case outcome.Unconfirmed:
			t.unconfirmed++
			t.remains(wait, EventUnconfirmed, n)
		default:
			t.Deleted++
			t.s.tally(FigureDeleted, "", 1)
			t.logDeleted(wait, n)
		}
	}
}

// remains counts and logs a message that is still there, or may be.
func (t *transaction) remains(ctx context.Context, event Event, n int) {
	t.Left.Messages++
	t.Left.Octets += t.listing().Message(n).Octets
	t.logMessage(ctx, slog.LevelWarn, event, n)
}

// markExpired marks at QUIT what may be removed without DELE. That a message's
// age cannot be found out keeps it.
func (t *transaction) markExpired(ctx context.Context) {
	if t.s.backend.Expire == "" {
		return
	}
	days := t.s.backend.expire(t.Account).days()
	if days == math.MaxInt || days == 0 && t.Marks.IsEmpty() {
		return
	}
	if err := t.load(ctx); err != nil {
		t.s.log(slog.LevelWarn, EventTrouble, slog.Any("error", err))
		return
	}
	for n := 1; n <= t.listing().Len(); n++ {
		if !t.Marks.IsDeleted(n) && t.mayExpire(ctx, n, days) {
			t.Marks.Delete(n)
			t.expired.Delete(n)
			t.Left.Messages--
			t.Left.Octets -= t.listing().Message(n).Octets
		}
	}
}

func (t *transaction) mayExpire(ctx context.Context, n, days int) bool {
	if days == 0 {
		return t.Marks.IsSeen(n)
	}
	if !t.Marks.IsSeen(n) && !t.listing().Message(n).Seen {
		return false
	}
	dated, ok := t.mailbox.(Dated)
	if !ok {
		return false
	}
	changed, err := dated.Changed(ctx, n)
	if err != nil && !errors.Is(err, ErrNoMessage) {
		t.s.log(slog.LevelWarn, EventTrouble, slog.Any("error", fmt.Errorf("age of message %d: %w", n, err)))
	}
	return err == nil && time.Since(changed) > time.Duration(days)*24*time.Hour
}

// logDeleted writes the record of a deleted message, why it is gone if that
// was not the client's doing, and whether it can be put back.
func (t *transaction) logDeleted(ctx context.Context, n int) {
	var room [2]slog.Attr
	more := room[:0]
	if t.expired.IsDeleted(n) {
		more = append(more, slog.String("reason", "expired"))
	}
	if keeper, ok := t.mailbox.(Keeper); ok && keeper.Kept(n) {
		more = append(more, slog.Bool("kept", true))
	}
	t.logMessage(ctx, slog.LevelInfo, EventDeleted, n, more...)
}

// after returns the maildrop at the end of the session: all of it unless
// QUIT was received.
func (t *transaction) after() Drop {
	if t.updated {
		return t.Left
	}
	return t.Before
}
