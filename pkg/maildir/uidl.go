package maildir

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// digest is the UIDL of a message whose name cannot be it, before it is
// written as 32 hexadecimal digits.
type digest [16]byte

// uidlSet is the UIDLs of the messages of a table: the unique name of each, but
// for those in index.
type uidlSet struct {
	index []uint32 // indexes of messages with another UIDL, in order
	text  []string // their UIDLs
}

// ownNames is the set of a table whose messages all have their unique names.
var ownNames = &uidlSet{}

// of returns the UIDL of message i of t.
func (u *uidlSet) of(t *table, i int) string {
	if len(u.index) == len(t.files) && i < len(u.text) {
		return u.text[i] // All messages are in it.
	}
	if len(u.index) > 0 {
		if k, found := slices.BinarySearch(u.index, uint32(i)); found {
			return u.text[k]
		}
	}
	return t.unique(t.files[i])
}

// add gives message i the UIDL text, after those of all messages before it.
func (u *uidlSet) add(i int, text string) {
	u.index, u.text = append(u.index, uint32(i)), append(u.text, text)
}

// pack gives all texts one string of their own. Each may have been a part of a
// large one.
func (u *uidlSet) pack() {
	if len(u.text) == 1 { // strings.Join does not copy a single one.
		u.text[0] = strings.Clone(u.text[0])
		return
	}
	all := strings.Join(u.text, "")
	for k, text := range u.text {
		u.text[k], all = all[:len(text)], all[len(text):]
	}
}

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
func assignUIDLs(t *table, given *givenUIDLs) *uidlSet {
	if given == nil && t.plain && t.allLegal() {
		return ownNames // as most mailboxes
	}
	u := given.newSet()
	var odd []int // positions in u of the messages that get a digest
	for i := range t.files {
		uidl, isName := plainUIDL(t, i, given)
		if isName {
			continue
		}
		if uidl == "" {
			odd = append(odd, len(u.index))
		}
		u.add(i, uidl)
	}
	if len(odd) > 0 {
		u.assignDigests(t, given, odd)
	}
	if given == nil || given.recalled == nil { // What the index has stays as a whole.
		u.pack()
	}
	return u
}

// plainUIDL returns the UIDL of message i, and whether that is its unique name.
// The message gets a digest if the UIDL is empty.
func plainUIDL(t *table, i int, given *givenUIDLs) (uidl string, isName bool) {
	unique := t.unique(t.files[i])
	if t.isTwin(i) {
		return "", false
	}
	if line, ok := given.at(t, i); ok {
		return line.uidl, false
	}
	if !isUIDL(unique) || given.hasNameOf(t, i) {
		return "", false
	}
	return unique, true
}

// assignDigests gives the messages at the positions odd of u UIDLs that no
// other message has or gets.
func (u *uidlSet) assignDigests(t *table, given *givenUIDLs, odd []int) {
	sums := make([]digest, len(odd))
	taken := make(map[digest]struct{}, len(odd))
	var input []byte
	for k, at := range odd {
		for count := 0; ; count++ {
			input = appendDigestInput(input[:0], t, int(u.index[at]), count)
			full := sha256.Sum256(input)
			sums[k] = digest(full[:])
			if _, double := taken[sums[k]]; !double && !u.isTaken(sums[k], t, given) {
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
	for k, at := range odd {
		u.text[at] = text.String()[32*k:][:32]
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

// isTaken reports whether a message has the UIDL d already: as a name, which
// somebody may have made up for this, or by given.
func (u *uidlSet) isTaken(d digest, t *table, given *givenUIDLs) bool {
	digits := d.hex()
	if given.has(string(digits[:])) {
		return true
	}
	first, end := t.find(string(digits[:]))
	return first < end && u.of(t, first) == string(digits[:])
}
