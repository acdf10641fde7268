package maildir

import (
	"slices"
	"strings"
)

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
func (x *indexReader) change(rows []file, uidls []listedRow) error {
	for i := 1; i < len(rows); i++ {
		if compareUnique(x.table.unique(rows[i-1]), x.table.unique(rows[i])) >= 0 {
			return errIndex
		}
	}
	for i, f := range rows {
		c := change{file: f, gone: f.sub&recordGone != 0}
		c.sub &= recordCur
		if x.rule != 0 {
			c.row = uidls[i]
		}
		x.note(c)
	}
	return nil
}

// end notes what a good block, which ends at x.at, is about.
func (x *indexReader) end(head indexHead) {
	x.table.totals = parseTotals(x.buf[x.at-totalsOctets:x.at], x.size)
	x.table.dirs, x.index.sum, x.index.dirs, x.index.list = head.dirs, head.sum, head.dirs, head.list
	x.index.totals = x.table.totals.mark()
	if head.later {
		x.index.changes += 1 + head.count
	}
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
	var rows []listedRow
	hasRows := x.rule != 0
	if hasRows {
		rows = make([]listedRow, 0, cap(files))
	}
	from := 0
	for _, c := range x.later {
		first, end := t.find(t.unique(c.file))
		files = append(files, t.files[from:first]...)
		if hasRows {
			rows = append(rows, x.rows[from:first]...)
		}
		if !c.gone {
			files = append(files, c.file)
		}
		if hasRows && !c.gone {
			rows = append(rows, c.row)
		}
		from = end
	}
	t.files = append(files, t.files[from:]...)
	if hasRows {
		x.rows = append(rows, x.rows[from:]...)
	}
}
