package pop3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"
)

// Expire says when messages may be removed without DELE, in the form of the
// capability's argument (RFC 2449 §6.7): a number of days, or ExpireNever. The
// zero value says nothing.
//
// What is removed is only what the client has got: with 0 the messages that RETR
// sent in this session, with more days those that it sent in this or an
// earlier one and that have not changed for as long. As with DELE they go at
// QUIT.
type Expire string

// ExpireNever says that no message is removed but by DELE.
const ExpireNever Expire = "NEVER"

// maxExpire is more days than anybody keeps mail.
const maxExpire = 100_000

// ParseExpire reads a number of days from 0 to 100000, or NEVER. The error says
// that text is neither.
func ParseExpire(text string) (Expire, error) {
	if text == string(ExpireNever) {
		return ExpireNever, nil
	}
	days, err := strconv.ParseUint(text, 10, 32)
	if err != nil || days > maxExpire {
		return "", fmt.Errorf("%q is no number of days up to %d, nor %s", text, maxExpire, ExpireNever)
	}
	return Expire(strconv.FormatUint(days, 10)), nil
}

// days returns after how many days messages may be removed.
func (e Expire) days() int {
	if days, err := strconv.Atoi(string(e)); err == nil {
		return days
	}
	return math.MaxInt
}

// Dated is a Mailbox that knows how old its messages are. Only of such a one
// messages are removed by their age.
type Dated interface {
	// Changed returns when message number n arrived, or was last changed in
	// any way if that was later. Its errors are those of Mailbox.Open.
	Changed(ctx context.Context, n int) (time.Time, error)
}

// expire returns what holds for a user, or the strictest there is before one is
// known.
func (s *session) expire(account *Account) Expire {
	if account == nil || account.Expire.days() < s.backend.Expire.days() || account.Expire == "" {
		return s.backend.Expire
	}
	return account.Expire
}

// capaExpire announces what holds (RFC 2449 §6.7).
func (s *session) capaExpire() string {
	if s.backend.Expire == "" {
		return ""
	}
	return "EXPIRE " + string(s.expire(s.Account)) + s.capaUser()
}

// markExpired marks at QUIT what may be removed without DELE. That a message's
// age cannot be found out keeps it.
func (s *session) markExpired(ctx context.Context) {
	if s.backend.Expire == "" {
		return
	}
	days := s.expire(s.Account).days()
	if days == math.MaxInt {
		return
	}
	for n := 1; n <= s.listing().Len(); n++ {
		if !s.Marks.IsDeleted(n) && s.expired(ctx, n, days) {
			s.Marks.Delete(n)
			s.aged.Delete(n)
			s.Left.Messages--
			s.Left.Octets -= s.listing().Message(n).Octets
		}
	}
}

func (s *session) expired(ctx context.Context, n, days int) bool {
	if days == 0 {
		return s.Marks.IsSeen(n)
	}
	if !s.Marks.IsSeen(n) && !s.listing().Message(n).Seen {
		return false
	}
	dated, ok := s.mailbox.(Dated)
	if !ok {
		return false
	}
	changed, err := dated.Changed(ctx, n)
	if err != nil && !errors.Is(err, ErrNoMessage) {
		s.log(slog.LevelWarn, EventTrouble, slog.Any("error", fmt.Errorf("age of message %d: %w", n, err)))
	}
	return err == nil && time.Since(changed) > time.Duration(days)*24*time.Hour
}
