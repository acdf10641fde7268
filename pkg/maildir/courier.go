package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tpops/pkg/uidlist"
)

const courierList = uidlist.CourierName

// courierRule gives messages the UIDLs and the order that Courier's POP3 server
// gives them: the order of their names, and the numbers in its list. A new message
// gets the next number, and the list is written as Courier does: whenever there is
// a new message, with all messages that are there. Courier does not lock it.
type courierRule struct {
	list     listFile
	readOnly bool // List new messages only in memory.
}

// errOldCourier means that a list is so old that Courier does not read it any
// more: it would give new numbers to all messages.
var errOldCourier = errors.New("its version is older than 2, which no present Courier reads; use tpopsctl import instead")

func (c *courierRule) file() string { return c.list.name }

// apply implements rule.
func (c *courierRule) apply(ctx context.Context, v *view) (numbered, error) {
	list, was, err := c.read(ctx)
	if err != nil {
		return numbered{}, err
	}
	t := v.base
	p := &courierPass{rule: c, view: v, list: list, entries: make(map[string]uidlist.CourierEntry, len(list.Entries))}
	for _, e := range list.Entries {
		p.entries[e.Unique()] = e
	}
	p.order = t.courierOrder()
	added, reason := p.measure(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return numbered{}, cause
	}
	if reason == nil && len(added) > 0 {
		reason = p.add(added, was)
	}
	n := p.number(reason)
	n.leftOut(v)
	return n, nil
}

// courierOrder returns the order of the messages of t, as numbered.order.
func (t *table) courierOrder() []uint32 {
	return orderOf(len(t.files), func(a, b int) int {
		return uidlist.CompareCourier(t.unique(t.files[a]), t.unique(t.files[b]))
	})
}

// recall implements rule.
func (c *courierRule) recall(t *table) (numbered, bool) {
	uidls, ok := foreignByIndex(t)
	if !ok {
		return numbered{}, false
	}
	return numbered{table: t, uidls: uidls, order: t.courierOrder()}, true
}

// read reads the list. If there is none, it is a new one.
func (c *courierRule) read(ctx context.Context) (*uidlist.Courier, listState, error) {
	var list *uidlist.Courier
	was, err := c.list.read(ctx, func(r io.Reader) (err error) {
		list, err = uidlist.ReadCourier(uidlist.Source{Reader: r, Path: c.list.name})
		return err
	})
	switch {
	case err != nil:
		return nil, was, err
	case list == nil:
		return uidlist.NewCourier(c.list.now()), was, nil
	case list.Version < 2:
		return nil, was, fmt.Errorf("%s: %w", c.list.name, errOldCourier)
	}
	return list, was, nil
}
