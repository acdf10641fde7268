package maildir

import (
	"bytes"
	"encoding/binary"
)

// records reads count records from at on, whose names have so many octets
// together. It makes room for all that most mailboxes have, or that were read already,
// but not for what a head may claim.
func (x *indexReader) records(at, count, names int) ([]file, error) {
	most := 1 << 17
	if len(x.buf)-at >= count*recordOctets {
		most = count
	}
	order := binary.LittleEndian
	start := x.names.Len()
	end := start + names
	if end > maxNames {
		return nil, errIndex
	}
	rows := make([]file, 0, min(count, most))
	for range count {
		if err := x.need(at, recordOctets); err != nil {
			return nil, err
		}
		r := x.buf[at:][:recordOctets]
		f := file{
			octets: int64(order.Uint64(r)), start: uint32(start),
			inode: order.Uint32(r[8:]), print: order.Uint32(r[12:]),
			length: order.Uint16(r[16:]), sub: r[18] % recordEncoded, form: form(r[18] / recordEncoded),
		}
		at, start = at+recordOctets, start+int(f.length)
		if f.octets < unmeasured || f.length == 0 || start > end || f.form > unreadable {
			return nil, errIndex
		}
		rows = append(rows, f)
	}
	if start != end {
		return nil, errIndex
	}
	return rows, nil
}

// uidls reads the UIDLs of a block, which begin at at, for each of its records.
// What is no UIDL, such as a part of a file that was never written, ends it.
func (x *indexReader) uidls(head indexHead, at int) ([]listedRow, error) {
	const most = 1 << 17
	end := at + int(head.uidls)
	if head.rule == 0 {
		return nil, x.noUIDLs(head)
	}
	rows := make([]listedRow, 0, min(head.count, most))
	x.texts.Grow(min(int(head.uidls), len(x.buf))) // no more than there is already
	for k := range head.count {
		row := listedRow{code: x.buf[x.at+headOctets+k*recordOctets+recordOctets-1], start: uint32(x.texts.Len())}
		if row.code > maxForeignUIDL && row.code < rowTaken {
			return nil, errIndex
		}
		if n := row.length(); n > 0 {
			next := at + placeOctets + n
			if err := x.need(at, placeOctets+n); err != nil || next > end {
				return nil, errIndex
			}
			row.place = binary.LittleEndian.Uint64(x.buf[at:])
			x.texts.Write(x.buf[at+placeOctets : next])
			if !isPrintable(x.texts.String()[row.start:]) {
				return nil, errIndex
			}
			at = next
		}
		rows = append(rows, row)
	}
	if at != end {
		return nil, errIndex
	}
	return rows, nil
}

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

// noUIDLs checks that no record of a block without a rule has a UIDL.
func (x *indexReader) noUIDLs(head indexHead) error {
	for k := range head.count {
		if x.buf[x.at+headOctets+k*recordOctets+recordOctets-1] != 0 {
			return errIndex
		}
	}
	return nil
}
