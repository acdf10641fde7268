package maildir

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"tpops/pkg/pop3"
)

// message writes message i of t.
func (w *stateWriter) message(t *table, i int, m pop3.Message) {
	files := t.members(i)
	f := files[0]
	id, isTwin := t.identity(f)
	ownUIDL := m.UIDL != t.unique(f)
	w.set(f.sub == inCur, m.Seen, ownUIDL, isTwin, len(files) > 1, m.Unreadable)
	w.text(t.name(f))
	w.number(uint64(m.Octets))
	if ownUIDL {
		w.text(m.UIDL)
	}
	if isTwin {
		w.identity(id)
	}
	if len(files) == 1 {
		return
	}
	w.number(uint64(len(files) - 1))
	for _, f := range files[1:] {
		w.set(f.sub == inCur)
		w.text(t.name(f))
		id, _ := t.identity(f)
		w.identity(id)
	}
}

func (w *stateWriter) identity(id identity) {
	for _, n := range []uint64{id.dev, id.ino, uint64(id.octets), uint64(id.mtime)} {
		w.number(n)
	}
}

// tableReader reads messages from a state into a table.
type tableReader struct {
	*stateReader
	t     *table
	uidls *uidlSet
	names strings.Builder
}

// messages reads the messages and puts their files into t. It returns their
// UIDLs.
func (r *stateReader) messages(t *table) *uidlSet {
	rows := &tableReader{stateReader: r, t: t, uidls: &uidlSet{}}
	for n := r.number(); n > 0 && !r.bad; n-- {
		rows.message()
	}
	t.names = rows.names.String()
	if r.bad {
		return rows.uidls
	}
	inOrder := func(a, b file) int { return compareUnique(t.unique(a), t.unique(b)) }
	if !slices.IsSortedFunc(t.copies, inOrder) {
		r.bad = true
	}
	return rows.uidls
}

func (r *tableReader) message() {
	set := r.number()
	name := r.text()
	octets := int64(r.number())
	f := r.file(name, uint8(set&messageCur))
	f.octets = octets
	if set&messageUnreadable != 0 {
		f.form = unreadable
	}
	if set&messageUIDL != 0 {
		r.uidls.add(len(r.t.files), string(r.text()))
	}
	isTwin, hasCopies := set&messageTwin != 0, set&messageCopies != 0
	// A sum that no other message has, so that its copies are known for its.
	var sum digest
	if hasCopies {
		binary.BigEndian.PutUint64(sum[:], uint64(len(r.t.files))+1) // in order, see table.copies
	}
	if isTwin {
		f.twin = r.identity(sum)
	}
	r.t.files = append(r.t.files, f)
	if set >= messageUnreadable<<1 || hasCopies && !isTwin {
		r.bad = true
	}
	if hasCopies {
		r.copies(name[:f.unique], sum)
	}
}

// copies reads the other files of a message.
func (r *tableReader) copies(unique []byte, sum digest) {
	n := r.number()
	r.bad = r.bad || n == 0
	for ; n > 0 && !r.bad; n-- {
		sub := uint8(r.number() & messageCur)
		name := r.text()
		f := r.file(name, sub)
		f.twin = r.identity(sum)
		r.t.copies = append(r.t.copies, f)
		if string(name[:f.unique]) != string(unique) {
			r.bad = true
		}
	}
}

// file adds a name to the table and returns its row.
func (r *tableReader) file(name []byte, sub uint8) file {
	if len(name) > math.MaxUint16 || r.names.Len()+len(name) > maxNames {
		r.bad = true
		return file{}
	}
	f := newFile(name, r.names.Len(), sub)
	r.names.Write(name)
	return f
}

// identity adds an identity to the table and returns what a row has for it.
func (r *tableReader) identity(sum digest) uint32 {
	id := identity{dev: r.number(), ino: r.number(), octets: int64(r.number()), mtime: int64(r.number()), sum: sum}
	r.t.twins = append(r.t.twins, id)
	return uint32(len(r.t.twins))
}

// order reads the order of n messages, nil if nothing is left.
func (r *stateReader) order(n int) []uint32 {
	if len(r.rest) == 0 || r.bad {
		return nil
	}
	all := make([]uint32, 0, n)
	seen := make([]bool, n)
	for range n {
		i := r.number()
		if r.bad || i >= uint64(n) || seen[i] {
			r.bad = true
			return nil
		}
		seen[i] = true
		all = append(all, uint32(i))
	}
	return all
}
