package process

import (
	"encoding/binary"
	"time"
)

// Order is what a parent tells a child to do.
type Order byte

// The orders. What they mean for a session is the child's to know.
const (
	Renew    Order = 'n' // end after the session; new parameters hold
	Shutdown Order = 's' // end after the session, and have it begin nothing new
	Drain    Order = 'd' // end after the command, within the time that comes with it
	Close    Order = 'c' // end at once
)

// Report is what a child tells its parent.
type Report byte

// The reports. A child that is Ready waits for connections.
const (
	Ready    Report = 'r' // all that is needed has been opened
	Busy     Report = 'b' // a connection has come
	LoggedIn Report = 'l' // and its client has logged in
	Idle     Report = 'i' // the session has ended
	Failed   Report = 'f' // why the child cannot serve, as text
)

// maxText bounds the text of a report, in octets.
const maxText = 16 << 10

// orderSize is the octets of an order: itself and a time.
const orderSize = 1 + 8

func encodeOrder(o Order, d time.Duration) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(o)}, uint64(d))
}

// decodeOrder returns 0 for what encodeOrder cannot have made.
func decodeOrder(b []byte) (Order, time.Duration) {
	if len(b) != orderSize {
		return 0, 0
	}
	return Order(b[0]), time.Duration(binary.BigEndian.Uint64(b[1:]))
}
