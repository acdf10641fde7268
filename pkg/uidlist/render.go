package uidlist

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// UIDL returns the UIDL that Dovecot shows for an entry: the one that is saved
// in it (pop3_save_uidl), the file name if that is empty, or else what the format
// gives. It may be too long or have characters that no UIDL may have.
//
// Dovecot takes the header field X-UIDL instead of the format if
// pop3_reuse_xuidl is set; the list does not have that.
func (f Format) UIDL(uidValidity uint32, e DovecotEntry) string {
	if saved, ok := e.Field('P'); ok {
		if saved == "" {
			return e.Unique
		}
		return saved
	}
	if f.parts == nil {
		return hex8(e.UID) + hex8(uidValidity)
	}
	var text strings.Builder
	for _, p := range f.parts {
		text.WriteString(p.render(uidValidity, e))
	}
	return text.String()
}

// hex8 returns eight hexadecimal digits.
func hex8(n uint32) string {
	digits := strconv.FormatUint(uint64(n), 16)
	return "00000000"[len(digits):] + digits
}

func (p part) render(uidValidity uint32, e DovecotEntry) string {
	value := p.text
	switch p.variable {
	case 'u':
		value = strconv.FormatUint(uint64(e.UID), 10)
	case 'v':
		value = strconv.FormatUint(uint64(uidValidity), 10)
	case 'f':
		value = e.Unique
	case 'g':
		value = e.Unique
		if guid, _ := e.Field('G'); guid != "" {
			value = guid
		}
	}
	for _, change := range p.change {
		value = change(value)
	}
	return value
}

// modifier returns what the modifier of Dovecot 2.3 does with which a text
// begins; nil if there is none.
func modifier(text string) func(string) string {
	if text == "" {
		return nil
	}
	switch text[0] {
	case 'L':
		return lower
	case 'U':
		return upper
	case 'X':
		return hexadecimal
	case 'M':
		return func(s string) string {
			sum := md5.Sum([]byte(s))
			return hex.EncodeToString(sum[:])
		}
	case 'R':
		return func(s string) string {
			octets := []byte(s)
			slices.Reverse(octets)
			return string(octets)
		}
	case 'T':
		return func(s string) string { return strings.TrimRight(s, " \t\r\n") }
	}
	return nil
}

// lower and upper change ASCII letters only, as Dovecot does.
func lower(s string) string { return ascii(s, 'A', 'Z') }
func upper(s string) string { return ascii(s, 'a', 'z') }

func ascii(s string, first, last byte) string {
	octets := []byte(s)
	for i, c := range octets {
		if first <= c && c <= last {
			octets[i] = c ^ 0x20
		}
	}
	return string(octets)
}

// hexadecimal returns a decimal number in hexadecimal, 0 for any other text.
func hexadecimal(s string) string {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		n = 0
	}
	return strconv.FormatUint(n, 16)
}

// padded returns a function that fills a text with zeros up to a width.
func padded(width int) func(string) string {
	return func(s string) string { return strings.Repeat("0", max(0, width-len(s))) + s }
}

// cut returns a function that leaves at most so many octets.
func cut(width int) func(string) string {
	return func(s string) string { return s[:min(width, len(s))] }
}

// from returns a function that leaves out so many octets.
func from(offset int) func(string) string {
	return func(s string) string { return s[min(offset, len(s)):] }
}
