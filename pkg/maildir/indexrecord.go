package maildir

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// record reads a record and puts its name into the table. It reports whether a
// message can be what the record says.
func (x *indexReader) record(buf []byte) (c change, ok bool) {
	order := binary.LittleEndian
	name := buf[recordOctets:]
	set := buf[18]
	if !mayBeMessage(name) || form(set/recordEncoded) > unreadable || buf[19] != 0 || x.names.Len()+len(name) > maxNames {
		return c, false
	}
	c = change{newFile(name, x.names.Len(), set&recordCur), set&recordGone != 0}
	c.octets, c.inode, c.print = int64(order.Uint64(buf)), order.Uint32(buf[8:]), order.Uint32(buf[12:])
	c.form = form(set / recordEncoded)
	x.names.Write(name)
	x.table.names = x.names.String()
	return c, c.octets >= unmeasured
}

// mayBeMessage reports whether a name is that of a file in a directory.
func mayBeMessage(name []byte) bool {
	return !isHidden(name) && bytes.IndexByte(name, '/') < 0 && bytes.IndexByte(name, 0) < 0
}

// add adds a file of the first block, and reports whether it is in order.
func (x *indexReader) add(c change) bool {
	t := &x.table
	if n := len(t.files); c.gone || n > 0 && t.compare(t.files[n-1], c.file) >= 0 {
		return false
	}
	t.files = append(t.files, c.file)
	return true
}

// inOrder reports whether the changes of a block are in order, one of each
// message.
func (x *indexReader) inOrder(changes []change) bool {
	for i := 1; i < len(changes); i++ {
		if x.compare(changes[i-1], changes[i]) >= 0 {
			return false
		}
	}
	return true
}

func (x *indexReader) compare(a, b change) int {
	return compareUnique(x.table.unique(a.file), x.table.unique(b.file))
}

// note puts a change in the place of an earlier one of the same message.
func (x *indexReader) note(c change) {
	at, found := slices.BinarySearchFunc(x.later, c, x.compare)
	if found {
		x.later[at] = c
	} else {
		x.later = slices.Insert(x.later, at, c)
	}
}

// trim frees the room of the names that is not used, which no cache would count.
func (x *indexReader) trim() {
	if x.names.Cap() > x.names.Len()*9/8 {
		x.table.names = strings.Clone(x.table.names)
	}
}

// apply puts the changes of later blocks into the table.
func (x *indexReader) apply() {
	if len(x.later) == 0 {
		return
	}
	t := &x.table
	files := make([]file, 0, len(t.files)+len(x.later))
	from := 0
	for _, c := range x.later {
		first, end := t.find(t.unique(c.file))
		files = append(files, t.files[from:first]...)
		if !c.gone {
			files = append(files, c.file)
		}
		from = end
	}
	t.files = append(files, t.files[from:]...)
}
