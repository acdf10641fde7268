package maildir

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"tpops/pkg/uidlist"
)

// errUnlisted means that a message is left out because of its own name.
var errUnlisted = errors.New("not listed by Dovecot: several files have the same unique name, or a name has a line end")

// number gives messages what the list has for them. Those that it does not have
// are left out, for the reason given.
func (d *dovecotRule) number(t *table, list *uidlist.Dovecot, reason error) numbered {
	entries := entriesOf(list)
	kept := make([]int, 0, len(t.files))
	rows := make([]uidlist.DovecotEntry, 0, len(t.files))
	for i, f := range t.files {
		if e, found := entries[t.unique(f)]; found && !t.isTwin(i) {
			kept, rows = append(kept, i), append(rows, e)
		}
	}
	n := numbered{table: t.only(kept)}
	if len(kept) < len(t.files) {
		n.lacks, n.reason = true, reason
		if reason == nil {
			n.reason = errUnlisted
		}
	}
	n.order = orderOf(len(rows), func(a, b int) int { return rows[a].Compare(rows[b]) })
	byUID := orderOf(len(rows), func(a, b int) int { return int(int64(rows[a].UID) - int64(rows[b].UID)) })
	texts := make([]string, len(rows))
	for i, e := range rows {
		texts[i] = d.format.UIDL(list.UIDValidity, e)
	}
	var each bool
	if n.uidls, each = foreignUIDLs(n.table, texts, byUID); each {
		n.listed = t.listedRows(kept, texts, func(k int) (uint64, bool) { return placeOf(rows[k]) })
	}
	return n
}

// placeOf returns a number by which entries are ordered as by Compare, if there is
// one.
func placeOf(e uidlist.DovecotEntry) (uint64, bool) {
	return e.Order()<<32 | uint64(e.UID), e.Order() <= math.MaxUint32
}

// recall implements rule.
func (d *dovecotRule) recall(t *table) (numbered, bool) {
	uidls, ok := foreignByIndex(t)
	if !ok {
		return numbered{}, false
	}
	rows := t.listed.rows
	order := orderOf(len(rows), func(a, b int) int { return cmp.Compare(rows[a].place, rows[b].place) })
	return numbered{table: t, uidls: uidls, order: order}, true
}

// only returns t with only the messages that have the indexes in kept. What else
// it knows of files stays.
func (t *table) only(kept []int) *table {
	if len(kept) == len(t.files) {
		return t
	}
	part := *t
	part.listed = nil
	part.files = make([]file, len(kept))
	for k, i := range kept {
		part.files[k] = t.files[i]
	}
	return &part
}

// orderOf returns the indexes of n rows in an order, nil if they are in it.
func orderOf(n int, compare func(a, b int) int) []uint32 {
	all := make([]uint32, n)
	for i := range all {
		all[i] = uint32(i)
	}
	by := func(a, b uint32) int { return compare(int(a), int(b)) }
	if slices.IsSortedFunc(all, by) {
		return nil
	}
	slices.SortStableFunc(all, by)
	return all
}

// maxForeignUIDL is longer than RFC 1939 §7 allows. Another server shows such
// UIDLs, so its clients know the messages by them.
const maxForeignUIDL = 250

// foreignUIDLs returns the UIDLs of all messages of t: the texts, which another
// server shows. Of several messages with the same text, all after the first in the
// order get a number, as Dovecot gives it if pop3_uidl_duplicates is set so. A
// text that no client could read is replaced by a digest. each means that no message
// has its UIDL because of another one: all have the texts that were given.
func foreignUIDLs(t *table, texts []string, order []uint32) (u *uidlSet, each bool) {
	doubles := numberDoubles(texts, order)
	u = &uidlSet{}
	var odd []int
	for i, text := range texts {
		if !isPrintable(text) || len(text) > maxForeignUIDL {
			odd = append(odd, i)
		}
		u.add(i, text)
	}
	if len(odd) > 0 {
		u.assignDigests(t, nil, odd)
	}
	u.pack()
	return u, doubles == 0 && len(odd) == 0
}

// numberDoubles makes each of the texts that is one differ from all before it in
// the order. It returns how many it has changed.
func numberDoubles(texts []string, order []uint32) (doubles int) {
	taken := make(map[string]int, len(texts))
	for k := range texts {
		i := k
		if order != nil {
			i = int(order[k])
		}
		if texts[i] == "" {
			continue
		}
		for taken[texts[i]] > 0 {
			doubles++
			taken[texts[i]]++
			texts[i] = fmt.Sprintf("%s-%d", texts[i], taken[texts[i]])
		}
		taken[texts[i]] = 1
	}
	return doubles
}

// isPrintable reports whether a text has the characters of a unique-id (RFC 1939
// §7), and at least one.
func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < 0x21 || text[i] > 0x7e {
			return false
		}
	}
	return text != ""
}
