package process

import (
	"encoding/binary"
	"time"
)

// Order is a command of the parent to a child.
type Order byte

// The orders. All but Kick and TakeOver end the child.
const (
	Renew    Order = 'n' // after the session, because the parameters have changed
	Shutdown Order = 's' // after the session, which starts no further work
	Drain    Order = 'd' // after the current command, within the time in the message
	Close    Order = 'c' // at once
	Kick     Order = 'k' // ends the session that is marked
	TakeOver Order = 'o' // ends it if its client is gone, or silent for longer than the time in the message
)

// Report is a message of a child to its parent.
type Report byte

// The reports.
const (
	Ready    Report = 'r' // the child has opened what it needs and waits for connections
	Busy     Report = 'b' // a session begins
	Idle     Report = 'i' // the session has ended
	Locked   Report = 'x' // a login waits for the Maildir in the text, which another session has
	Failed   Report = 'f' // the child cannot serve; the text is the reason
	Used     Report = 'u' // a session has ended; the text is for the file of usage
	Answered Report = 'a' // the text is the answer to the question of the child's task
)

// MaxText is the maximum length of the text of a report in bytes.
const MaxText = 16 << 10

// orderSize is the length of an order in bytes: one for its kind, eight for a time.
const orderSize = 1 + 8

func encodeOrder(o Order, d time.Duration) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(o)}, uint64(d))
}

// decodeOrder returns the order 0 if encodeOrder has not made the message.
func decodeOrder(b []byte) (Order, time.Duration) {
	if len(b) != orderSize {
		return 0, 0
	}
	return Order(b[0]), time.Duration(binary.BigEndian.Uint64(b[1:]))
}
