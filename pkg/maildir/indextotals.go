package maildir

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"tpops/pkg/pop3"
)

// totals is what the listing of a Maildir comes to, at the end of each block of an
// index. While they hold, a login that only asks for the number and the size of the
// messages reads nothing else. The zero value is none.
type totals struct {
	settings uint32
	uidls    bool     // each message has a UIDL
	messages int64    // how many there are
	octets   int64    // of all messages
	last     int64    // as pop3.Listing.Last
	memory   int64    // octets that the snapshot needs
	rule     uint64   // see reader.ruleMark
	dirs     states   // of new and cur
	list     dirState // of the file of the rule; zero if there was none
	served   dirState // of tpops_served with which the listing was compared; zero if there was none
}

// Totals are the last octets of a block, zeros if it has none:
//
//	  0  8 octets  "TPOPSsum"
//	  8  uint32    version of the format
//	 12  uint32    settings, see Options.settings
//	 16  5 uint64  messages, octets, last, memory, rule
//	 56  4 states  of new, cur, the file of the rule, and tpops_served
//	248  uint32    1 if each message has a UIDL
//	252  uint32    checksum (CRC-32C) of all that
const (
	totalsMagic  = "TPOPSsum"
	totalsStates = 56
	totalsFlags  = totalsStates + (len(subNames)+2)*stateOctets
	totalsOctets = totalsFlags + 8
)

// totalsOf returns totals of a snapshot, to be completed with what they hold for.
func totalsOf(s *snapshot) *totals {
	l := s.listing
	return &totals{
		uidls: l.HasUIDLs(), messages: int64(l.Len()), octets: l.Octets(), last: int64(l.Last()),
		memory: s.memory(), dirs: s.dirs,
	}
}

// append appends t, of which nil has only zeros.
func (t *totals) append(buf []byte) []byte {
	if t == nil {
		return append(buf, make([]byte, totalsOctets)...)
	}
	order, start := binary.LittleEndian, len(buf)
	buf = order.AppendUint32(append(buf, totalsMagic...), indexVersion)
	buf = order.AppendUint32(buf, t.settings)
	for _, n := range [...]uint64{uint64(t.messages), uint64(t.octets), uint64(t.last), uint64(t.memory), t.rule} {
		buf = order.AppendUint64(buf, n)
	}
	for _, d := range [...]dirState{t.dirs[inNew], t.dirs[inCur], t.list, t.served} {
		buf = appendState(buf, d)
	}
	flags := uint32(0)
	if t.uidls {
		flags = 1
	}
	buf = order.AppendUint32(buf, flags)
	return order.AppendUint32(buf, totalsSum(buf[start:]))
}

// totalsSum returns the checksum of all octets of totals before it.
func totalsSum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// mark returns a checksum of t, 0 if that is nil. It does not depend on memory, which
// is less exact.
func (t *totals) mark() uint32 {
	if t == nil {
		return 0
	}
	own := *t
	own.memory = 0
	return binary.LittleEndian.Uint32(own.append(make([]byte, 0, totalsOctets))[totalsOctets-4:])
}

// parseTotals reads totals from buf, which has totalsOctets, of an index with so many
// octets. It returns nil if there are none, or if no index of that size can have them.
func parseTotals(buf []byte, size int64) *totals {
	order := binary.LittleEndian
	end := totalsOctets - 4
	if string(buf[:8]) != totalsMagic || order.Uint32(buf[8:]) != indexVersion || order.Uint32(buf[end:]) != totalsSum(buf[:end]) {
		return nil
	}
	number := func(at int) int64 { return int64(order.Uint64(buf[at:])) }
	state := func(k int) dirState { return parseState(buf[totalsStates+k*stateOctets:]) }
	t := &totals{
		settings: order.Uint32(buf[12:]), uidls: order.Uint32(buf[totalsFlags:]) == 1,
		messages: number(16), octets: number(24), last: number(32), memory: number(40), rule: order.Uint64(buf[48:]),
		dirs: states{state(inNew), state(inCur)}, list: state(2), served: state(3),
	}
	if t.messages > size/(recordOctets+1) || t.messages > math.MaxInt32 || t.last > t.messages ||
		min(t.messages, t.octets, t.last, t.memory) < 0 {
		return nil
	}
	return t
}

// listing returns the listing that t is of, without its messages.
func (t *totals) listing() *pop3.Listing {
	return pop3.ListingOf(unread(t.messages), pop3.NewTotals(t.octets, int(t.last), t.uidls))
}

// unread is so many messages of which nothing is known yet.
type unread int

// Len implements pop3.Rows.
func (u unread) Len() int { return int(u) }

// Message implements pop3.Rows. It is not called before Mailbox.Load.
func (u unread) Message(int) pop3.Message {
	panic("maildir: a message of a mailbox that was not loaded")
}
