package maildir

import (
	"cmp"
	"math"
	"strings"
)

// The name of a message file is its unique name, which never changes, then
// perhaps a colon and its flags: 1035478339.27041_118.host,S=1000,W=1030:2,FS

// uniqueLen returns the length of the unique name within name.
func uniqueLen[T string | []byte](name T) int {
	for i := range len(name) {
		if name[i] == ':' {
			return i
		}
	}
	return len(name)
}

// leadingNumber returns the decimal number with which a name begins, 0 if with
// none, math.MaxUint64 if it is that or more.
func leadingNumber[T string | []byte](name T) uint64 {
	var n uint64
	for i := 0; i < len(name) && isDigit(name[i]); i++ {
		digit := uint64(name[i] - '0')
		if n > (math.MaxUint64-digit)/10 {
			return math.MaxUint64
		}
		n = n*10 + digit
	}
	return n
}

// compareUnique orders unique names as messages are ordered: by their leading
// numbers, however long, then by their octets. an and bn are the leading
// numbers of a and b.
func compareUnique(an uint64, a string, bn uint64, b string) int {
	if c := cmp.Compare(an, bn); c != 0 {
		return c
	}
	if an == math.MaxUint64 {
		if c := compareDigits(a, b); c != 0 {
			return c
		}
	}
	return cmp.Compare(a, b)
}

// compareDigits compares the leading numbers of a and b digit by digit.
func compareDigits(a, b string) int {
	a, b = digits(a), digits(b)
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

// digits returns the leading number of name without leading zeros.
func digits(name string) string {
	end := 0
	for end < len(name) && isDigit(name[end]) {
		end++
	}
	return strings.TrimLeft(name[:end], "0")
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// field returns the number that a unique name has after a comma, key and '=',
// as in ",S=1000". What follows it has to be another comma or the end.
func field(unique string, key byte) (int64, bool) {
	for {
		_, rest, found := strings.Cut(unique, ",")
		if !found {
			return 0, false
		}
		value, _, _ := strings.Cut(rest, ",")
		if len(value) > 2 && value[0] == key && value[1] == '=' {
			if n, ok := size(value[2:]); ok {
				return n, true
			}
		}
		unique = rest
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
func isSeen(name string) bool {
	set, ok := flags(name)
	return ok && strings.Contains(set, "S")
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
