package pop3

import (
	"context"
	"errors"
	"io"
	"math"
	"strconv"
)

func (t *transaction) handleTOP(ctx context.Context, args []string) (reply, error) {
	lines, err := lineCount(args[1])
	if err != nil {
		return reply{}, err
	}
	topper, ready := t.mailbox.(Topper)
	m, err := t.open(args[0], func(n int) (io.ReadCloser, error) {
		if ready {
			return topper.Top(ctx, n, lines)
		}
		return t.mailbox.Open(ctx, n)
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
