package migrate

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// list implements Target.
func (Courier) list(Job) (maildir.ForeignList, error) {
	return maildir.ForeignList{Name: uidlist.CourierName}, nil
}

// edit implements Target. Courier takes the order from names, and knows only UIDLs of
// its own forms.
func (Courier) edit(ctx context.Context, e *edition, text io.Reader) ([]byte, error) {
	var before bytes.Buffer
	x := courierExport{edition: e, list: uidlist.NewCourier(time.Now())}
	if text != nil {
		var err error
		x.list, err = uidlist.ReadCourier(uidlist.Source{Reader: io.TeeReader(text, &before), Path: uidlist.CourierName})
		if err != nil {
			return nil, err
		}
	}
	x.header(text == nil)
	x.number()
	if err := x.measure(ctx); err != nil {
		return nil, err
	}
	x.order()
	content, err := x.list.Encode()
	if err != nil || bytes.Equal(content, before.Bytes()) {
		return nil, err
	}
	return content, nil
}

// courierExport is a courierpop3dsizelist that is made.
type courierExport struct {
	*edition
	list    *uidlist.Courier
	entries []uidlist.CourierEntry // of the messages, in their order, without those that cannot be listed
	sizes   []int                  // numbers of the messages whose sizes are not known
}

// header makes the numbers for the messages to come greater than all others.
func (x *courierExport) header(isNew bool) {
	count := map[uint64]int{}
	for _, m := range x.messages {
		if e, ok := courierNumbers(m.UIDL); ok && e.UIDValidity != 0 {
			count[e.UIDValidity]++
			if isNew && count[e.UIDValidity] >= count[x.list.UIDValidity] {
				x.list.UIDValidity = e.UIDValidity
			}
		}
	}
	if x.list.UIDValidity == 0 {
		x.list.UIDValidity = uint64(max(time.Now().Unix(), 1)) // of a version without one
	}
	x.list.NextUID = max(x.list.NextUID, 1)
	for _, e := range x.list.Entries {
		x.above(e)
	}
	for _, m := range x.messages {
		if e, ok := courierNumbers(m.UIDL); ok {
			x.above(e)
		}
	}
}

// above makes the next number greater than that of an entry.
func (x *courierExport) above(e uidlist.CourierEntry) {
	if e.UID <= maxUID {
		x.list.NextUID = max(x.list.NextUID, e.UID+1)
	}
}

// courierNumbers returns an entry whose UIDL it is, and whether there is one.
func courierNumbers(uidl string) (e uidlist.CourierEntry, ok bool) {
	digits, isNumber := strings.CutPrefix(uidl, "UID")
	if !isNumber {
		return e, false
	}
	number, validity, _ := strings.Cut(digits, "-")
	e.UID, _ = strconv.ParseUint(number, 10, 31)
	e.UIDValidity, _ = strconv.ParseUint(validity, 10, 32)
	return e, e.UID != 0 && e.UIDL() == uidl
}

// number gives all messages that can be listed an entry: that of the list, one with
// the numbers of the UIDL, or one without a number.
func (x *courierExport) number() {
	known := make(map[string]uidlist.CourierEntry, len(x.list.Entries))
	for _, e := range x.list.Entries {
		known[e.Unique()] = e
	}
	odd, unlisted := 0, 0
	for i, m := range x.messages {
		if m.Twin || !uidlist.IsListable(m.Unique) {
			unlisted++
			continue
		}
		e, found := known[m.Unique]
		if !found {
			x.sizes = append(x.sizes, i+1)
			e.Octets = -1
		}
		e.Name = inCur(m.Name)
		if !x.give(&e, m.UIDL, found) {
			odd++
		}
		x.entries = append(x.entries, e)
	}
	x.lost(odd, "have a UIDL that Courier cannot show")
	x.lost(unlisted, "share their name with another message, or have a line end in it")
}

// give gives an entry the numbers with which Courier shows a UIDL, and reports whether
// it can. If not, an entry that is not in the list gets new ones.
func (x *courierExport) give(e *uidlist.CourierEntry, uidl string, found bool) bool {
	numbers, ok := courierNumbers(uidl)
	switch {
	case found && e.UIDL() == uidl:
		x.report.Kept++
	case ok:
		e.UID, e.UIDValidity = numbers.UID, numbers.UIDValidity
		x.report.Numbered++
	case (uidlist.CourierEntry{Name: e.Name}).UIDL() == uidl:
		e.UID, e.UIDValidity = 0, 0
		x.report.Saved++
	default:
		if !found {
			e.UID, e.UIDValidity = x.list.NextUID, x.list.UIDValidity
			x.list.NextUID++
		}
		return false
	}
	return true
}

// inCur returns the name that a file has once Courier has moved it to cur.
func inCur(name string) string {
	if strings.Contains(name, ":") {
		return name
	}
	return name + ":2,"
}

// measure fills in the sizes that are not known. Messages that are gone are left out.
func (x *courierExport) measure(ctx context.Context) error {
	sizes, err := x.survey.MeasureCourier(ctx, x.sizes)
	if err != nil {
		return err
	}
	kept := x.entries[:0]
	for _, e := range x.entries {
		if e.Octets < 0 {
			e.Octets, e.UTF8 = sizes[0].Octets, sizes[0].UTF8
			sizes = sizes[1:]
		}
		if e.Octets >= 0 {
			kept = append(kept, e)
		}
	}
	x.entries = kept
	return nil
}

// order puts the entries into Courier's order, and counts those that move.
func (x *courierExport) order() {
	before := slices.Clone(x.entries)
	slices.SortStableFunc(x.entries, func(a, b uidlist.CourierEntry) int { return uidlist.CompareCourier(a.Name, b.Name) })
	for i, e := range x.entries {
		if e.Name != before[i].Name {
			x.report.Moved++
		}
	}
	if x.report.Moved > 0 {
		x.report.note("Courier has the order of file names")
	}
	x.list.Version, x.list.Entries = 3, x.entries
}
