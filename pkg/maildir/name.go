package maildir

import (
	"bytes"
	"cmp"
	"math"
	"strings"
)

// The name of a message file is its unique name, which never changes, then
// perhaps a colon and its flags: 1035478339.27041_118.host,S=1000,W=1030:2,FS

// uniqueLen returns the length of the unique name within name.
func uniqueLen[T string | []byte](name T) int {
	colon := -1
	switch name := any(name).(type) {
	case string:
		colon = strings.IndexByte(name, ':')
	case []byte:
		colon = bytes.IndexByte(name, ':')
	}
	if colon < 0 {
		return len(name)
	}
	return colon
}

// compareUnique orders unique names as messages are ordered: by their leading
// numbers, however long, then by their octets. A name without a number counts
// as 0.
func compareUnique(a, b string) int {
	an, bn := digits(a), digits(b)
	// Numbers of the same length without leading zeros, as nearly all names
	// have them, are in the order of their octets.
	if an == bn && (an == 0 || a[0] != '0' && b[0] != '0') {
		return strings.Compare(a, b)
	}
	number, other := strings.TrimLeft(a[:an], "0"), strings.TrimLeft(b[:bn], "0")
	return cmp.Or(cmp.Compare(len(number), len(other)), strings.Compare(number, other), strings.Compare(a, b))
}

// digits returns how many digits a name begins with.
func digits(name string) int {
	end := 0
	for end < len(name) && isDigit(name[end]) {
		end++
	}
	return end
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// field returns the number that a unique name has after a comma, key and '=',
// as in ",S=1000". What follows it has to be another comma or the end.
func field(unique string, key byte) (int64, bool) {
	for {
		comma := strings.IndexByte(unique, ',')
		if comma < 0 {
			return 0, false
		}
		unique = unique[comma+1:]
		if len(unique) > 2 && unique[0] == key && unique[1] == '=' {
			value, _, _ := strings.Cut(unique, ",")
			if n, ok := size(value[2:]); ok {
				return n, true
			}
		}
	}
}

// size returns the number that the digits of text make, if they do and it is
// not too large.
func size(text string) (int64, bool) {
	var n int64
	for i := range len(text) {
		if !isDigit(text[i]) {
			return 0, false
		}
		digit := int64(text[i] - '0')
		if n > (math.MaxInt64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, text != ""
}

// flags returns the flags of a name, and whether it can have any: an info
// part that does not begin with "2," means something that is not ours.
func flags(name string) (string, bool) {
	info := name[uniqueLen(name):]
	if info == "" || info == ":" {
		return "", true
	}
	return strings.CutPrefix(info, ":2,")
}

// isSeen reports whether a name has the flag S.
func isSeen(name string) bool { return hasSeen(name[uniqueLen(name):]) }

// hasSeen reports whether the part of a name after its unique name has the flag S.
func hasSeen(info string) bool {
	set, ok := strings.CutPrefix(info, ":2,")
	return ok && strings.IndexByte(set, 'S') >= 0
}

// withSeen returns name with the flag S, in ASCII order among the others, and
// whether it can have flags. The others are kept as they are.
func withSeen(name string) (string, bool) {
	set, ok := flags(name)
	if !ok || strings.Contains(set, "S") {
		return name, ok
	}
	at := strings.IndexFunc(set, func(r rune) bool { return r > 'S' })
	if at < 0 {
		at = len(set)
	}
	return name[:uniqueLen(name)] + ":2," + set[:at] + "S" + set[at:], true
}
