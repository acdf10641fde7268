package maildir

import (
	"bytes"
	"slices"
	"strings"
)

// checkNames reads up to end, and checks that there is nothing in it from at on
// that no name has.
func (x *indexReader) checkNames(at, end int) error {
	for at < end {
		if err := x.need(at, 1); err != nil {
			return err
		}
		part := x.buf[at:min(end, len(x.buf))]
		if bytes.IndexByte(part, 0) >= 0 || bytes.IndexByte(part, '/') >= 0 {
			return errIndex
		}
		at += len(part)
	}
	return nil
}

// begin makes the rows of the first block those of the table, if they are in
// order.
func (x *indexReader) begin(rows []file) error {
	t := &x.table
	t.plain = true
	for i, f := range rows {
		if f.sub&recordGone != 0 {
			return errIndex
		}
		if i == 0 {
			continue
		}
		order := compareUnique(t.unique(rows[i-1]), t.unique(f))
		if order == 0 {
			t.plain = false
			order = t.compare(rows[i-1], f)
		}
		if order >= 0 {
			return errIndex
		}
	}
	t.files = rows
	return nil
}

// change notes the rows of a later block, if they are in order and of one
// message each.
func (x *indexReader) change(rows []file) error {
	for i := 1; i < len(rows); i++ {
		if compareUnique(x.table.unique(rows[i-1]), x.table.unique(rows[i])) >= 0 {
			return errIndex
		}
	}
	for _, f := range rows {
		gone := f.sub&recordGone != 0
		f.sub &= recordCur
		x.note(change{f, gone})
	}
	return nil
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
