package pop3

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Expire is when messages may be removed without DELE, in the form of the
// capability's argument (RFC 2449 §6.7): a number of days, or ExpireNever. The
// zero value announces nothing.
//
// Only messages that the client has received are removed: with 0 the messages that RETR
// sent in this session, with more days those that it sent in this or an
// earlier one and that have not changed for as long. As with DELE they go at
// QUIT.
type Expire string

// ExpireNever means that messages are removed only by DELE.
const ExpireNever Expire = "NEVER"

// maxExpire bounds the number of days.
const maxExpire = 100_000

// ParseExpire reads a number of days from 0 to 100000, or NEVER. The error reports
// any other text.
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

// expire returns the value for a user, or the strictest one before login.
func (b *Backend) expire(account *Account) Expire {
	if account == nil || account.Expire.days() < b.Expire.days() || account.Expire == "" {
		return b.Expire
	}
	return account.Expire
}
