package maildir

// isUIDL reports whether s is a legal unique-id (RFC 1939 §7).
func isUIDL(s string) bool {
	if len(s) < 1 || len(s) > 70 {
		return false
	}
	for ; len(s) >= 8; s = s[8:] {
		if !areVisible(word(s)) {
			return false
		}
	}
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// allLegal reports whether each unique name is a legal unique-id.
func (t *table) allLegal() bool {
	for i := range t.files {
		if !isUIDL(t.unique(t.files[i])) {
			return false
		}
	}
	return true
}

// word returns the first 8 octets of s as a number.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// areVisible reports whether each octet of w is in 0x21–0x7E. The high bit of an
// octet of low is set if one is less than 0x21, that of high if one is more than
// 0x7E; what is carried between octets never hides one.
func areVisible(w uint64) bool {
	const each = 0x0101010101010101
	low := (w - 0x21*each) &^ w
	high := (w + (0x7f-0x7e)*each) | w
	return (low|high)&(0x80*each) == 0
}
