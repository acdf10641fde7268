package uidlist

import (
	"cmp"
	"strings"
)

// CompareDovecot compares file names as Dovecot does when it gives UIDs to
// several new messages: by the seconds with which the names begin, then by the
// microseconds after an M in the second part, if both have them, then by the
// octets up to the first colon. The names are those in cur, with a colon and
// flags: the colon itself counts where the other name goes on.
//
// Numbers that are too large overflow as in Dovecot, so that hostile names do
// not get other UIDs here than there.
func CompareDovecot(a, b string) int {
	seconds, restA := leadingNumber(a)
	other, restB := leadingNumber(b)
	if c := cmp.Compare(int32(seconds-other), 0); c != 0 {
		return c
	}
	microsA, okA := microseconds(restA)
	microsB, okB := microseconds(restB)
	if okA && okB {
		if c := cmp.Compare(microsA-microsB, 0); c != 0 {
			return c
		}
	}
	return compareBase(restA, restB)
}

// leadingNumber returns the number with which a name begins, modulo 2^64, and
// the rest.
func leadingNumber(name string) (int64, string) {
	var n int64
	for name != "" && '0' <= name[0] && name[0] <= '9' {
		n = n*10 + int64(name[0]-'0')
		name = name[1:]
	}
	return n, name
}

// microseconds returns the number after the first M of the part that begins with
// a dot.
func microseconds(rest string) (int32, bool) {
	if rest == "" || rest[0] != '.' {
		return 0, false
	}
	part := rest[1:]
	if end := strings.IndexAny(part, ".:"); end >= 0 {
		part = part[:end]
	}
	_, digits, found := strings.Cut(part, "M")
	n, _ := leadingNumber(digits)
	return int32(n), found
}

// compareBase compares the octets up to the first colon. As in C on most
// machines, an octet above 127 is negative, and the end is 0.
func compareBase(a, b string) int {
	for i := 0; ; i++ {
		x, y := signedAt(a, i), signedAt(b, i)
		endX, endY := x == 0 || x == ':', y == 0 || y == ':'
		if endX && endY {
			return 0
		}
		if x != y || endX || endY {
			return cmp.Compare(x, y)
		}
	}
}

func signedAt(name string, i int) int8 {
	if i >= len(name) {
		return 0
	}
	return int8(name[i])
}
