package operator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/control"
	"tpops/pkg/pop3"
)

// TopQuestion are the arguments of the command top.
type TopQuestion struct {
	Filter
	// Text selects sessions with it in the login name or the address of the client; case
	// does not matter.
	Text    string `json:"text,omitempty"`
	Sort    string `json:"sort,omitempty"`    // one of TopOrders; "" is rate
	Reverse bool   `json:"reverse,omitempty"` // the order is turned round
	Limit   int    `json:"limit,omitempty"`   // rows, 1 to MaxTop
}

// MaxTop is the highest number of rows of an answer.
const MaxTop = 1000

// TopSession is a row of the command top.
type TopSession struct {
	Session
	// Rate is the number of octets per second to and from the client since about a
	// second ago; of a new session since its start.
	Rate float64 `json:"rate"`
}

// TopEnd ends the answer of the command top.
type TopEnd struct {
	Total   int `json:"total"`   // sessions of the daemon
	Matched int `json:"matched"` // of these, the ones that the question selects
}

// TopOrders returns the orders of rows. Numbers begin with the largest, and times with
// the longest ago.
func TopOrders() []string {
	return []string{"user", "address", "since", "state", "octets", "rate", "messages"}
}

// order compares sessions in one of TopOrders. It returns nil for another name.
func order(name string) func(a, b *sampled) int {
	switch name {
	case "user":
		return func(a, b *sampled) int {
			return strings.Compare(strings.ToLower(loginName(&a.SessionInfo)), strings.ToLower(loginName(&b.SessionInfo)))
		}
	case "address":
		return func(a, b *sampled) int { return a.Peer.Compare(b.Peer) }
	case "since":
		return func(a, b *sampled) int { return a.Start.Compare(b.Start) }
	case "state":
		return func(a, b *sampled) int { return cmp.Compare(a.Phase, b.Phase) }
	case "octets":
		return func(a, b *sampled) int { return cmp.Compare(b.Sent+b.Received, a.Sent+a.Received) }
	case "rate", "":
		return func(a, b *sampled) int { return cmp.Compare(b.rate, a.rate) }
	case "messages":
		return func(a, b *sampled) int { return cmp.Compare(b.Retrieved, a.Retrieved) }
	}
	return nil
}

// top answers with the first rows of the sessions in an order.
func (t *sampler) top(ctx context.Context, r *control.Request, a *control.Reply) (any, error) {
	q := TopQuestion{Limit: 100}
	if err := r.Arguments(&q); err != nil {
		return nil, err
	}
	selects, err := q.compile()
	if err != nil {
		return nil, err
	}
	compare := order(q.Sort)
	if compare == nil || q.Limit < 1 || q.Limit > MaxTop {
		return nil, &control.Error{Code: control.CodeArguments, Message: fmt.Sprintf("sort must be one of %s, and limit 1 to %d",
			strings.Join(TopOrders(), ", "), MaxTop)}
	}
	all := t.sample()
	found := q.selected(all, selects)
	slices.SortFunc(found, func(a, b *sampled) int {
		way := cmp.Or(compare(a, b), strings.Compare(a.ID, b.ID))
		if q.Reverse {
			return -way
		}
		return way
	})
	for _, s := range found[:min(len(found), q.Limit)] {
		if err := cmp.Or(ctx.Err(), a.Row(TopSession{q.newSession(&s.SessionInfo), s.rate})); err != nil {
			return nil, err
		}
	}
	return TopEnd{len(all), len(found)}, nil
}

// selected returns the sessions that the question selects.
func (q *TopQuestion) selected(all []sampled, selects func(*pop3.SessionInfo) bool) (found []*sampled) {
	text := strings.ToLower(q.Text)
	for i := range all {
		s := &all[i]
		isWanted := text == "" || strings.Contains(strings.ToLower(loginName(&s.SessionInfo)), text) ||
			strings.Contains(addressOf(s.Peer, s.Remote), text)
		if isWanted && selects(&s.SessionInfo) {
			found = append(found, s)
		}
	}
	return found
}
