package maildir

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// listed is what the file of a rule has for the files of a table. The index keeps
// it, so that the file need not be read while it is unchanged: as with all that an
// index contains, what clients see does not depend on it.
type listed struct {
	rule   uint64      // see reader.ruleMark
	state  dirState    // of the file for which all of it holds; zero if it holds for none
	text   string      // all UIDLs, one after the other
	rows   []listedRow // one of each file of the table
	filter uidlFilter  // of names and UIDLs in uidlFile; nil for the list of another server
}

// listedRow is what the file of a rule has for one message. The zero value means
// that it was not read since the message came.
type listedRow struct {
	place uint64 // in the order of the messages, if that depends on the file
	start uint32 // of the UIDL in listed.text
	code  uint8  // length of the UIDL, or one of those below
}

// Codes of messages for which the file has no line.
const (
	rowUnlisted = 255 // only that
	rowTaken    = 254 // a line has the unique name as the UIDL of another message
)

// length returns the length of the UIDL, 0 if there is none.
func (r listedRow) length() int {
	if r.code > maxForeignUIDL {
		return 0
	}
	return int(r.code)
}

// row returns what is known of message i. A nil l knows nothing.
func (l *listed) row(i int) listedRow {
	if l == nil {
		return listedRow{}
	}
	return l.rows[i]
}

// uidl returns the UIDL in a row, "" if there is none.
func (l *listed) uidl(r listedRow) string {
	if r.length() == 0 {
		return ""
	}
	return l.text[r.start:][:r.length()]
}

// head returns what the head of a block has of l.
func (l *listed) head() (state dirState, rule uint64, filter uidlFilter) {
	if l == nil {
		return dirState{}, 0, nil
	}
	return l.state, l.rule, l.filter
}

// continues reports whether what l has can be appended to an index with what old has.
func (l *listed) continues(old *listed) bool {
	_, rule, filter := l.head()
	_, oldRule, oldFilter := old.head()
	return rule == oldRule && bytes.Equal(filter, oldFilter)
}

// holds reports whether the file of the rule, which now has that state, is what
// it was when it was read.
func (l *listed) holds(now dirState) bool { return l.state.ino != 0 && l.state.same(now) }

// memory returns how many octets l needs.
func (l *listed) memory() int {
	if l == nil {
		return 0
	}
	return cap(l.rows)*16 + len(l.text) + len(l.filter)
}

// listedBuilder builds a listed.
type listedBuilder struct {
	rows []listedRow
	text strings.Builder
}

func newListedBuilder(files int) *listedBuilder {
	return &listedBuilder{rows: make([]listedRow, 0, files)}
}

// add adds the row of the next file. Without a UIDL it has the given code.
func (b *listedBuilder) add(uidl string, place uint64, code uint8) {
	if uidl == "" {
		b.rows = append(b.rows, listedRow{code: code})
		return
	}
	b.rows = append(b.rows, listedRow{place: place, start: uint32(b.text.Len()), code: uint8(len(uidl))})
	b.text.WriteString(uidl)
}

// listed returns what was built, nil if it is too large.
func (b *listedBuilder) listed() *listed {
	if b.text.Len() > maxIndexed {
		return nil
	}
	return &listed{text: b.text.String(), rows: b.rows}
}

// listedFrom returns what old has for the files of t, nil if that is nothing.
func (t *table) listedFrom(old *table) *listed {
	l := old.listed
	if l == nil || !t.isPlain() {
		return nil
	}
	part := *l
	if sameFiles(t.files, old.files) {
		part.rows = slices.Clone(l.rows)
		return &part
	}
	part.rows = make([]listedRow, len(t.files))
	k := 0
	for i, f := range t.files {
		unique := t.unique(f)
		for k < len(old.files) && compareUnique(old.unique(old.files[k]), unique) < 0 {
			k++
		}
		if k < len(old.files) && old.unique(old.files[k]) == unique {
			part.rows[i] = l.rows[k]
		}
	}
	return &part
}

// sameFiles reports whether two tables have the same slice of files.
func sameFiles(a, b []file) bool { return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] }

// ruleVersion stands for how this version reads the files of rules, and for the
// UIDLs and the order that it makes of them. A version that does any of that
// otherwise has another one: what older versions have noted is then read again.
const ruleVersion = "2"

// ruleMark returns what stands for the settings that decide which UIDLs and order
// the file of the rule gives to messages. It is not 0.
func (r *reader) ruleMark() uint64 {
	text := strings.Join([]string{ruleVersion, r.options.UIDL, r.options.UIDLFormat.String(), r.rule().file()}, "\x00")
	sum := sha256.Sum256([]byte(text))
	return binary.LittleEndian.Uint64(sum[:]) | 1
}
