package uidlist

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// dovecotVersion is the version that Dovecot writes.
const dovecotVersion = 3

// Encode returns the list as Dovecot writes it: version 3, with the next UID in
// the header. It returns an error if the list cannot be written so that Dovecot
// reads the same: the GUID is missing, an unknown key or a name has a character
// that ends it, or the UIDs do not ascend.
func (d *Dovecot) Encode() ([]byte, error) {
	if d.UIDValidity == 0 || d.Next() == 0 || len(d.GUID) != 32 {
		return nil, fmt.Errorf("%s: a list needs a UIDVALIDITY, a next UID and the GUID of the mailbox", d.path)
	}
	text := fmt.Appendf(nil, "%d V%d N%d G%s", dovecotVersion, d.UIDValidity, d.Next(), d.GUID)
	for _, field := range d.Unknown {
		if !isField(field) {
			return nil, fmt.Errorf("%s: the key %q cannot be in the header", d.path, field)
		}
		text = append(append(text, ' '), field...)
	}
	text = append(text, '\n')
	before := uint32(0)
	for _, e := range d.Entries {
		if e.UID <= before || e.UID == math.MaxUint32 {
			return nil, fmt.Errorf("%s: the UID %d follows the UID %d", d.path, e.UID, before)
		}
		before = e.UID
		var err error
		if text, err = e.Append(text); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// Append appends the line of an entry to text, as Dovecot appends it to the file.
// It returns an error if the name or a field cannot be in the file.
func (e DovecotEntry) Append(text []byte) ([]byte, error) {
	if !IsListable(e.Unique) {
		return nil, fmt.Errorf("the file name %q cannot be in a list", e.Unique)
	}
	text = strconv.AppendUint(text, uint64(e.UID), 10)
	if e.fields != "" {
		text = append(append(text, ' '), e.fields...)
	}
	text = append(append(text, " :"...), e.Unique...)
	return append(text, '\n'), nil
}

// With returns the entry with the field: a new value for a key, or one more key.
// Dovecot keeps the other fields and has the new one last. The key is a capital
// letter; the value has no space and no control character. Any other is an
// error.
func (e DovecotEntry) With(key byte, value string) (DovecotEntry, error) {
	field := string(key) + value
	if !isKey(key) || !isField(field) {
		return e, fmt.Errorf("the field %q cannot be in a list", field)
	}
	var kept []string
	for _, other := range strings.FieldsFunc(e.fields, isSpace) {
		if other[0] != key {
			kept = append(kept, other)
		}
	}
	e.fields = strings.Join(append(kept, field), " ")
	return e, nil
}

// IsListable reports whether a unique name can be in a list. Dovecot gives no UID
// to a file that has the end of a line in its name.
func IsListable(unique string) bool {
	return unique != "" && unique[0] != '.' && !strings.ContainsAny(unique, "/:\r\n\x00") && len(unique) < maxLine/2
}

func isField(field string) bool {
	return field != "" && !strings.ContainsAny(field, " \r\n\x00") && len(field) < maxLine/2
}

// NewDovecot returns a list without messages, whose UIDVALIDITY is the time, as
// Dovecot makes it for a Maildir that it opens for the first time.
func NewDovecot(now time.Time) *Dovecot {
	return &Dovecot{Version: dovecotVersion, UIDValidity: max(uint32(now.Unix()), 1), NextUID: 1, GUID: NewGUID(), path: DovecotName}
}

// NewGUID returns a GUID for a mailbox.
func NewGUID() string {
	var guid [16]byte
	_, _ = rand.Read(guid[:]) // It never fails.
	return hex.EncodeToString(guid[:])
}

// Add gives the next UIDs to messages, adds them to the entries, and returns the
// lines for the end of the file. The error is one of a name, or that no UID is
// left; then nothing was added.
func (d *Dovecot) Add(uniques []string) (lines []byte, err error) {
	next := d.Next()
	if uint64(next)+uint64(len(uniques)) >= math.MaxUint32 {
		return nil, fmt.Errorf("%s: no UIDs are left", d.path)
	}
	entries := d.Entries
	for k, unique := range uniques {
		e := DovecotEntry{UID: next + uint32(k), Unique: unique}
		if lines, err = e.Append(lines); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	d.Entries = entries
	return lines, nil
}
