package maildir

import (
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
	"tpops/pkg/uidlist"
)

// courierPass is one use of Courier's list.
type courierPass struct {
	rule    *courierRule
	view    *view
	list    *uidlist.Courier
	entries map[string]uidlist.CourierEntry // by unique name
	order   []uint32                        // as numbered.order, of all messages
}

// indexes returns the indexes of all messages in their order.
func (p *courierPass) indexes() []int {
	all := make([]int, len(p.view.base.files))
	for k := range all {
		all[k] = k
		if p.order != nil {
			all[k] = int(p.order[k])
		}
	}
	return all
}

// measure returns entries for the messages that are not listed yet, in their
// order. A message that is gone has none.
func (p *courierPass) measure(ctx context.Context) (added []uidlist.CourierEntry, err error) {
	t := p.view.base
	missing := slices.DeleteFunc(p.indexes(), func(i int) bool {
		unique := t.unique(t.files[i])
		_, found := p.entries[unique]
		return found || t.isTwin(i) || !uidlist.IsListable(unique)
	})
	_, err = p.view.each(ctx, slices.Values(missing), func(i int, at place) error {
		e, err := measureCourier(ctx, at)
		e.Name = t.unique(t.files[i])
		if err == nil {
			added = append(added, e)
		}
		return err
	})
	slices.SortFunc(added, func(a, b uidlist.CourierEntry) int { return uidlist.CompareCourier(a.Name, b.Name) })
	return added, err
}

// measureCourier reads a message for what Courier's list has of it: no octets if it
// cannot be read.
func measureCourier(ctx context.Context, at place) (e uidlist.CourierEntry, err error) {
	e, err = readCourier(ctx, at)
	if err == nil || isPassing(err) || errors.Is(err, unix.ENOENT) {
		return e, err
	}
	return uidlist.CourierEntry{}, nil
}

func readCourier(ctx context.Context, at place) (e uidlist.CourierEntry, err error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return e, err
	}
	text := newReader(fd, stat)
	defer text.Close()
	header := &headerReader{r: contextReader{ctx, text}}
	e.Octets, err = pop3.WireOctets(header)
	e.UTF8 = header.eightBit
	return e, err
}

// headerReader notes whether the header of a message has octets above 127.
type headerReader struct {
	r        io.Reader
	ended    bool
	eightBit bool
	last     byte // the octet before, without CRs; a line end at first
	begun    bool
}

// Read implements io.Reader.
func (h *headerReader) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	for _, c := range p[:n] {
		if h.ended {
			break
		}
		h.ended = c == '\n' && (h.last == '\n' || !h.begun)
		h.eightBit = h.eightBit || c > 127
		if c != '\r' {
			h.last, h.begun = c, true
		}
	}
	return n, err
}

// add gives the next numbers to messages and writes the list, with all messages
// that are there, as Courier does. After an error nothing has changed.
func (p *courierPass) add(added []uidlist.CourierEntry, was listState) error {
	for k := range added {
		added[k].UID, added[k].UIDValidity = p.list.NextUID, p.list.UIDValidity
		p.list.NextUID++
		p.entries[added[k].Name] = added[k]
	}
	t := p.view.base
	p.list.Entries = p.list.Entries[:0]
	for _, i := range p.indexes() {
		e, found := p.entries[t.unique(t.files[i])]
		if !found {
			continue
		}
		e.Name = t.movedName(t.files[i])
		p.list.Entries = append(p.list.Entries, e)
	}
	text, err := p.list.Encode()
	if err == nil && !p.rule.readOnly {
		err = p.rule.list.replaceFromTmp(was, text)
	}
	if err != nil {
		for _, e := range added {
			delete(p.entries, e.Name)
		}
	}
	return err
}

// number gives messages what the list has for them. Messages that share their
// unique name, and those whose name cannot be listed, get a digest: Courier would
// show them with other UIDLs, but in an order that is left to chance. Messages
// that could not be listed for the reason given are left out.
func (p *courierPass) number(reason error) numbered {
	t := p.view.base
	var texts []string
	var kept []int
	for i, f := range t.files {
		unique := t.unique(f)
		e, found := p.entries[unique]
		switch {
		case t.isTwin(i) || !uidlist.IsListable(unique):
			kept, texts = append(kept, i), append(texts, "")
		case found:
			kept, texts = append(kept, i), append(texts, e.UIDL())
		}
	}
	n := numbered{table: t.only(kept), lacks: len(kept) < len(t.files), reason: reason}
	n.order = n.table.courierOrder()
	var each bool
	if n.uidls, each = foreignUIDLs(n.table, texts, n.order); each {
		n.listed = t.listedRows(kept, texts, func(int) (uint64, bool) { return 0, true })
	}
	return n
}
