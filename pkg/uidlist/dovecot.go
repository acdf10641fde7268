package uidlist

import (
	"math"
	"strconv"
	"strings"
)

// DovecotName is the name of Dovecot's list.
const DovecotName = "dovecot-uidlist"

// noOrder is the order of a message that has none: such messages follow those
// that have one.
const noOrder = math.MaxUint32

// Dovecot is a dovecot-uidlist.
type Dovecot struct {
	Version     int    // 1 or 3
	UIDValidity uint32 // never 0
	NextUID     uint32 // as the header has it; see Next
	GUID        string // of the mailbox, 32 hexadecimal digits; "" if there is none
	Unknown     []string
	Entries     []DovecotEntry // with ascending UIDs; messages that are gone may be among them
	Tail        int            // how many octets of the last line were left out because its end is missing
	path        string
}

// DovecotEntry is a message of a dovecot-uidlist.
type DovecotEntry struct {
	UID    uint32
	Unique string // file name up to the first colon
	fields string // keys and values, separated by one space each: "W2481 O12"
}

// Next returns the UID that the next message gets.
func (d *Dovecot) Next() uint32 {
	if n := len(d.Entries); n > 0 {
		return max(d.NextUID, d.Entries[n-1].UID+1)
	}
	return d.NextUID
}

// Field returns the value of a key, such as 'P', and whether the entry has it.
// Of two with the same key the first counts.
func (e DovecotEntry) Field(key byte) (string, bool) {
	for rest := e.fields; rest != ""; {
		var field string
		field, rest, _ = strings.Cut(rest, " ")
		if field[0] == key {
			return field[1:], true
		}
	}
	return "", false
}

// Order returns the place among the messages in POP3, 4294967295 if it has none.
// Messages of the same order are in the order of their UIDs.
func (e DovecotEntry) Order() uint64 {
	value, _ := e.Field('O')
	if order, err := strconv.ParseUint(value, 10, 64); err == nil {
		return order
	}
	return noOrder
}

// Octets returns how many octets the message has in POP3, and whether the entry
// or the file name has that.
func (e DovecotEntry) Octets() (int64, bool) { return e.size('W') }

// Size returns how many octets the message has in its file, and whether the
// entry or the file name has that.
func (e DovecotEntry) Size() (int64, bool) { return e.size('S') }

// size returns a size. That of the file name takes precedence, as in Dovecot.
func (e DovecotEntry) size(key byte) (int64, bool) {
	if _, rest, found := strings.Cut(e.Unique, ","+string(key)+"="); found {
		value, _, _ := strings.Cut(rest, ",")
		if n, ok := parseSize(value); ok {
			return n, true
		}
	}
	value, _ := e.Field(key)
	return parseSize(value)
}

func parseSize(text string) (int64, bool) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// ReadDovecot reads a dovecot-uidlist of version 1 or 3. The error is a
// *DamageError if Dovecot would reject the file too, or if it is too large.
//
// As in Dovecot, a field whose key is not a capital letter is left out, and of
// two entries with the same unique name the later counts.
func ReadDovecot(s Source) (*Dovecot, error) {
	l, err := s.open()
	if err != nil {
		return nil, err
	}
	d := &Dovecot{path: s.Path, Tail: len(l.tail)}
	if err := d.readHeader(l); err != nil {
		return nil, err
	}
	d.Entries = make([]DovecotEntry, 0, l.count())
	for {
		line, more, err := l.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if err := d.readEntry(l, line); err != nil {
			return nil, err
		}
	}
	d.dropDoubles()
	return d, nil
}

// dropDoubles removes entries whose unique name a later entry has too: the file
// was removed and came back.
func (d *Dovecot) dropDoubles() {
	last := make(map[string]int, len(d.Entries))
	for i, e := range d.Entries {
		last[e.Unique] = i
	}
	if len(last) == len(d.Entries) {
		return
	}
	kept := d.Entries[:0]
	for i, e := range d.Entries {
		if last[e.Unique] == i {
			kept = append(kept, e)
		}
	}
	d.Entries = kept
}
