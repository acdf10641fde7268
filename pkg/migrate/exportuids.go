package migrate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tpops/pkg/uidlist"
)

// maxUID is the largest UID that is taken from a UIDL. The user can write any UIDL, and
// there must be UIDs left.
const maxUID = math.MaxInt32

// numbers returns the UID and the UIDVALIDITY that a UIDL of Dovecot's default format
// has, 0 and 0 for any other.
func (x *dovecotExport) numbers(uidl string) (uid, validity uint32) {
	const digits = 8
	if len(uidl) != 2*digits || x.format.String() != "" && x.format.String() != uidlist.DefaultFormat {
		return 0, 0
	}
	u, err1 := strconv.ParseUint(uidl[:digits], 16, 32)
	v, err2 := strconv.ParseUint(uidl[digits:], 16, 32)
	if err1 != nil || err2 != nil || u == 0 || u > maxUID || v == 0 {
		return 0, 0
	}
	e := uidlist.DovecotEntry{UID: uint32(u)}
	if x.format.UIDL(uint32(v), e) != uidl {
		return 0, 0 // Capital letters.
	}
	return uint32(u), uint32(v)
}

// commonValidity returns the UIDVALIDITY that most UIDLs have, 0 if it may have come
// about by chance.
func (x *dovecotExport) commonValidity() (most uint32) {
	count := map[uint32]int{}
	for _, m := range x.messages {
		_, v := x.numbers(m.UIDL)
		count[v]++
		if v != 0 && (count[v] > count[most] || most == 0) {
			most = v
		}
	}
	if count[most] < 2 && len(x.messages) > 1 {
		return 0
	}
	return most
}

// entriesByName returns entries by unique name.
func entriesByName(entries []uidlist.DovecotEntry) map[string]uidlist.DovecotEntry {
	all := make(map[string]uidlist.DovecotEntry, len(entries))
	for _, e := range entries {
		all[e.Unique] = e
	}
	return all
}

// number gives all messages that can be listed an entry: that of the list, or a new
// one.
func (x *dovecotExport) number() error {
	known := entriesByName(x.list.Entries)
	next, unlisted := x.next(), 0
	for _, m := range x.messages {
		if m.Twin || !uidlist.IsListable(m.Unique) {
			unlisted++
			continue
		}
		e, found := known[m.Unique]
		if !found {
			e = uidlist.DovecotEntry{UID: x.ownUID(m.UIDL), Unique: m.Unique}
		}
		if e.UID == 0 {
			if next >= math.MaxUint32-1 {
				return fmt.Errorf("%s: no UIDs are left", uidlist.DovecotName)
			}
			e.UID = next
			next++
		}
		x.entries, x.uidls, x.fresh = append(x.entries, e), append(x.uidls, m.UIDL), append(x.fresh, !found)
		x.changed = x.changed || !found
	}
	x.lost(unlisted, "share their name with another message, or have a line end in it")
	if next > x.list.Next() {
		x.list.NextUID, x.changed = next, true
	}
	return nil
}

// next returns the UID from which on no message can have been known: above the list,
// and above all UIDLs, so that Dovecot gives none of them to another message.
func (x *dovecotExport) next() uint32 {
	next := x.list.Next()
	for _, m := range x.messages {
		if uid, v := x.numbers(m.UIDL); v == x.list.UIDValidity && uid >= next {
			next = uid + 1
		}
	}
	return next
}

// ownUID returns the UID that a UIDL has if the message can have it again, else 0. One
// below the next UID of the list was that of a message that is gone.
func (x *dovecotExport) ownUID(uidl string) uint32 {
	uid, v := x.numbers(uidl)
	if v != x.list.UIDValidity || uid < x.list.Next() {
		return 0
	}
	return uid
}

// save saves the UIDLs that do not follow from the entries.
func (x *dovecotExport) save() (err error) {
	for i, uidl := range x.uidls {
		e := x.entries[i]
		_, isSaved := e.Field('P')
		switch {
		case x.format.UIDL(x.list.UIDValidity, e) != uidl || x.saveAll && !isSaved:
			if x.entries[i], err = e.With('P', uidl); err != nil {
				return err
			}
			x.changed = true
			x.report.Saved++
		case x.fresh[i]:
			x.report.Numbered++
		default:
			x.report.Kept++
		}
	}
	return nil
}

// order writes the order if it is another one.
func (x *dovecotExport) order() (err error) {
	if slices.IsSortedFunc(x.entries, uidlist.DovecotEntry.Compare) {
		return nil
	}
	for i, e := range x.entries {
		if x.entries[i], err = e.With('O', strconv.Itoa(i+1)); err != nil {
			return err
		}
	}
	x.report.Ordered, x.changed = true, true
	return nil
}

// encode returns the list with the entries of the messages, and those of messages that
// are gone: Dovecot has not noticed yet.
func (x *dovecotExport) encode() ([]byte, error) {
	mine := entriesByName(x.entries)
	for i, e := range x.list.Entries {
		if now, found := mine[e.Unique]; found {
			x.list.Entries[i] = now
			delete(mine, e.Unique)
		}
	}
	for _, e := range x.entries {
		if _, isNew := mine[e.Unique]; isNew {
			x.list.Entries = append(x.list.Entries, e)
		}
	}
	slices.SortFunc(x.list.Entries, func(a, b uidlist.DovecotEntry) int { return cmp.Compare(a.UID, b.UID) })
	x.list.Version = 3
	if x.list.GUID == "" {
		x.list.GUID = uidlist.NewGUID()
	}
	return x.list.Encode()
}
