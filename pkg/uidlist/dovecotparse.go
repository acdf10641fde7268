package uidlist

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// readHeader reads the first line.
func (d *Dovecot) readHeader(l *lines) error {
	line, found, err := l.next()
	if err != nil {
		return err
	}
	if !found {
		return l.damage("the file is empty")
	}
	version, rest, _ := strings.Cut(line, " ")
	switch version {
	case "1":
		err = d.readHeader1(l, rest)
	case "3":
		err = d.readHeader3(l, rest)
	default:
		return l.damage("unknown version %.20q; versions 1 and 3 are known", version)
	}
	if err != nil {
		return err
	}
	if d.UIDValidity == 0 || d.NextUID == 0 {
		return l.damage("the header lacks the UIDVALIDITY or the next UID, or one of them is 0")
	}
	return nil
}

// readHeader1 reads the header of version 1 after the version: UIDVALIDITY and
// the next UID.
func (d *Dovecot) readHeader1(l *lines, rest string) (err error) {
	d.Version = 1
	numbers := strings.Fields(rest)
	if len(numbers) < 2 {
		return l.damage("the header of version 1 needs two numbers")
	}
	if d.UIDValidity, err = l.number(numbers[0]); err != nil {
		return err
	}
	d.NextUID, err = l.number(numbers[1])
	return err
}

// readHeader3 reads the header of version 3 after the version: keys with their
// values.
func (d *Dovecot) readHeader3(l *lines, rest string) (err error) {
	d.Version = 3
	for _, field := range strings.FieldsFunc(rest, isSpace) {
		value := field[1:]
		switch field[0] {
		case 'V':
			d.UIDValidity, err = l.number(value)
		case 'N':
			d.NextUID, err = l.number(value)
		case 'G':
			if _, bad := hex.DecodeString(value); bad != nil || len(value) != 32 {
				return l.damage("the GUID of the mailbox is not 32 hexadecimal digits")
			}
			d.GUID = value
		default:
			d.Unknown = append(d.Unknown, field)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isSpace reports whether r separates fields: other white space does not.
func isSpace(r rune) bool { return r == ' ' }

// number returns a number of 32 bits.
func (l *lines) number(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || text[0] == '+' {
		return 0, l.damage("%.20q is not a number below 4294967296", text)
	}
	return uint32(n), nil
}

// readEntry reads a line after the header.
func (d *Dovecot) readEntry(l *lines, line string) error {
	number, rest, found := strings.Cut(line, " ")
	if !found {
		return l.damage("a space after the UID is missing")
	}
	uid, err := l.number(number)
	if err != nil {
		return err
	}
	if err := d.checkUID(l, uid); err != nil {
		return err
	}
	name, fields := strings.TrimLeft(rest, " "), ""
	if d.Version == 3 {
		fields, name, found = cutName(name)
		if !found {
			return l.damage("a colon before the file name is missing")
		}
	}
	unique := uniqueName(name)
	if unique == "" {
		return l.damage("the file name is missing")
	}
	if strings.Contains(name, "/") {
		return l.damage("the file name contains a slash")
	}
	d.Entries = append(d.Entries, DovecotEntry{uid, unique, fields})
	return l.roomFor(len(d.Entries))
}

// checkUID returns an error if the next entry cannot have that UID.
func (d *Dovecot) checkUID(l *lines, uid uint32) error {
	switch {
	case uid == 0:
		return l.damage("the UID is 0")
	case uid == math.MaxUint32:
		return l.damage("the UID is too large")
	case d.Version == 1 && uid >= d.NextUID:
		return l.damage("the UID %d is not below the next UID %d", uid, d.NextUID)
	}
	if n := len(d.Entries); n > 0 && uid <= d.Entries[n-1].UID {
		return l.damage("the UID %d follows the UID %d", uid, d.Entries[n-1].UID)
	}
	return nil
}

// cutName cuts an entry of version 3 after the UID into its fields and the file
// name after a colon, and reports whether there is one. Only a colon that begins
// a field is this colon: a value may contain others.
func cutName(rest string) (fields, name string, found bool) {
	clean := true // The fields can be taken as they are.
	for end := 0; end < len(rest); {
		if rest[end] == ':' {
			fields = strings.TrimSuffix(rest[:end], " ")
			if !clean {
				fields = cleanFields(fields)
			}
			return fields, rest[end+1:], true
		}
		if !isKey(rest[end]) {
			clean = false
		}
		space := strings.IndexByte(rest[end:], ' ')
		if space < 0 {
			break
		}
		for end += space + 1; end < len(rest) && rest[end] == ' '; end++ {
			clean = false
		}
	}
	return "", "", false
}

// cleanFields returns the fields that have a valid key, separated by one space.
func cleanFields(fields string) string {
	var kept []string
	for _, field := range strings.FieldsFunc(fields, isSpace) {
		if isKey(field[0]) {
			kept = append(kept, field)
		}
	}
	return strings.Join(kept, " ")
}

// isKey reports whether an entry may have the key.
func isKey(c byte) bool { return 'A' <= c && c <= 'Z' }
