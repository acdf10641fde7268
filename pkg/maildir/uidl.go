package maildir

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"tpops/pkg/pop3"
)

// isUIDL reports whether s is a legal unique-id (RFC 1939 §7).
func isUIDL(s string) bool {
	if len(s) < 1 || len(s) > 70 {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// digest is the UIDL of a message whose name cannot be it, before it is
// written as 32 hexadecimal digits.
type digest [16]byte

// assignUIDLs gives each message of t the UIDL that given says, or its unique
// name, or a digest of that; no two get the same. What one gets does not
// depend on the others, but where two would be equal.
//
// Files that share their unique name and their content are one message, with
// the UIDL of any other; see twins.go. Of different messages that share their
// unique name all get a digest of name and content, which nothing changes. None
// keeps the name or the given UIDL. If one did, and were deleted, the other
// would be alone and take it, and a client that had read the first would take
// the second for it and never fetch it: mail that nobody sees. So a message
// that gets such a twin, or loses its last, has another UIDL and is fetched
// twice, which is less harm. To keep a digest when it is alone again, a message
// would need a mark, and to rename files so that they have names of their own
// is not for a POP3 server: the programs that write the Maildir know them by
// these names.
//
// What is left to harm is a client that has seen one of the twins when it was
// alone, remembers UIDLs that are in no listing any more, and has not fetched
// the other when both were there.
func assignUIDLs(t *table, messages []pop3.Message, given *givenUIDLs) {
	var odd []int
	for i, f := range t.files {
		unique := t.unique(f)
		if t.isTwin(i) {
			odd = append(odd, i)
		} else if uidl, ok := given.of(unique); ok {
			messages[i].UIDL = uidl
		} else if isUIDL(unique) && !given.has(unique) {
			messages[i].UIDL = unique
		} else {
			odd = append(odd, i)
		}
	}
	if len(odd) > 0 {
		assignDigests(t, messages, given, odd)
	}
}

// assignDigests gives the messages with the indexes odd UIDLs that no other
// message has or gets.
func assignDigests(t *table, messages []pop3.Message, given *givenUIDLs, odd []int) {
	sums := make([]digest, len(odd))
	taken := make(map[digest]struct{}, len(odd))
	var input []byte
	for k, i := range odd {
		for count := 0; ; count++ {
			input = appendDigestInput(input[:0], t, i, count)
			full := sha256.Sum256(input)
			sums[k] = digest(full[:])
			if _, double := taken[sums[k]]; !double && !sums[k].isTaken(t, messages, given) {
				break
			}
		}
		taken[sums[k]] = struct{}{}
	}
	// One string for all of them instead of one each.
	var text strings.Builder
	text.Grow(len(odd) * hex.EncodedLen(len(digest{})))
	for _, sum := range sums {
		digits := sum.hex()
		text.Write(digits[:])
	}
	for k, i := range odd {
		messages[i].UIDL = text.String()[32*k:][:32]
	}
}

// appendDigestInput appends what makes the UIDL of message i: its unique name;
// for a twin what tells it from the others; and how many digests were taken
// already. A NUL, which no name has, stands between.
func appendDigestInput(input []byte, t *table, i, count int) []byte {
	input = append(input, t.unique(t.files[i])...)
	if t.isTwin(i) {
		input = appendTwin(input, t, i)
	}
	if count > 0 {
		input = strconv.AppendInt(append(input, 0), int64(count), 10)
	}
	return input
}

// appendTwin appends what tells message i from those that share its unique
// name: its content. If the file cannot be looked at, no program can rename it
// either, and its whole name serves.
func appendTwin(input []byte, t *table, i int) []byte {
	f := t.files[i]
	id, known := t.identity(f)
	if !known {
		return append(append(input, 0), t.name(f)...)
	}
	return append(append(input, 0), id.sum[:]...)
}

func (d digest) hex() (digits [32]byte) {
	hex.Encode(digits[:], d[:])
	return digits
}

// isTaken reports whether a message has the UIDL already: as a name, which
// somebody may have made up for this, or by given.
func (d digest) isTaken(t *table, messages []pop3.Message, given *givenUIDLs) bool {
	digits := d.hex()
	if given.has(string(digits[:])) {
		return true
	}
	first, end := t.find(string(digits[:]))
	return first < end && messages[first].UIDL == string(digits[:])
}
