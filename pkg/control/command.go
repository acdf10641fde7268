package control

import (
	"context"
	"encoding/json"
	"fmt"
)

// Command is a row of the table of commands.
type Command struct {
	Name string
	// Follows is set if the answer goes on until the client sends anything or closes
	// the connection. Each row is sent at once.
	Follows bool
	// Run carries out a request. It adds rows to the reply, and returns the value for
	// the line that ends the answer; nil is {}. The client reads the error: an *Error
	// has its code, any other has codeInternal. Run holds no lock while it adds a row,
	// because a slow client may block it, and returns soon after ctx is cancelled.
	Run func(ctx context.Context, r *Request, a *Reply) (end any, err error)
}

// Request is a request of a peer that is permitted.
type Request struct {
	Peer      Peer
	arguments json.RawMessage
}

// Arguments reads the arguments of the request. Without arguments nothing is changed.
// The error, for the client, is that they are not those of into.
func (r *Request) Arguments(into any) error {
	if len(r.arguments) == 0 {
		return nil
	}
	if err := decode(r.arguments, into); err != nil {
		return &Error{CodeArguments, fmt.Sprintf("invalid arguments: %v", err)}
	}
	return nil
}
