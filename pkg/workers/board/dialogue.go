package board

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"tpops/pkg/pop3"
)

// ringSize is the room for lines that the parent has not read, in octets, a power of two.
const ringSize = 64 << 10

// ring is where a child writes lines for its parent. Each has its length before it, in
// two octets. Its pages cost nothing until the first line.
type ring struct {
	wanted  atomic.Uint32
	written atomic.Uint64 // octets, by the child
	read    atomic.Uint64 // octets, by the parent
	lost    atomic.Uint64 // lines for which there was no room
	data    [ringSize]byte
}

// lengthSize is the size of the length of a line, in octets.
const lengthSize = 2

// Wants implements pop3.Observer in the child.
func (b *Board) Wants() bool { return b.ring.wanted.Load() != 0 }

// Line implements pop3.Observer in the child. The goroutine of its session calls it.
func (b *Board) Line(l *pop3.DialogueLine) {
	var room [6*maxText + 64]byte
	line := encodeLine(room[:lengthSize], l)
	binary.NativeEndian.PutUint16(line, uint16(len(line)-lengthSize))
	r := b.ring
	at := r.written.Load()
	if at-r.read.Load()+uint64(len(line)) > ringSize {
		r.lost.Add(1)
		return
	}
	n := copy(r.data[at%ringSize:], line)
	copy(r.data[:], line[n:])
	r.written.Store(at + uint64(len(line)))
}

// Observe sets whether the child writes lines.
func (b *Board) Observe(wanted bool) {
	if wanted {
		b.ring.wanted.Store(1)
		return
	}
	b.ring.wanted.Store(0)
}

// Lines passes the lines to f that the child has written since the last call, and
// returns how many were lost. After what is none, the rest is dropped.
func (b *Board) Lines(f func(*pop3.DialogueLine)) (lost int64) {
	r := b.ring
	end := r.written.Load()
	if end-b.taken > ringSize { // Only a child that was taken over writes that.
		b.taken, lost = end, 1
	}
	for b.taken != end {
		line, ok := decodeLine(b.nextLine(end))
		if !ok {
			b.taken, lost = end, lost+1
			break
		}
		f(&line)
	}
	r.read.Store(b.taken)
	return lost + int64(r.lost.Swap(0))
}

// nextLine returns the next octets of the ring that are a line, up to end.
func (b *Board) nextLine(end uint64) []byte {
	length := binary.NativeEndian.Uint16(b.octets(lengthSize))
	if b.taken+lengthSize+uint64(length) > end {
		return nil
	}
	line := b.octets(lengthSize + int(length))
	b.taken += uint64(len(line))
	return line[lengthSize:]
}

// octets returns a copy of the next n octets of the ring.
func (b *Board) octets(n int) []byte {
	out := make([]byte, n)
	copied := copy(out, b.ring.data[b.taken%ringSize:])
	copy(out[copied:], b.ring.data[:])
	return out
}

// lineTexts returns the texts of a line.
func lineTexts(l *pop3.DialogueLine) []*string {
	return []*string{&l.Session, &l.Remote, &l.User, &l.Text}
}

// The bits of the octet after the direction.
const (
	bitLoggedIn = 1 << iota
	bitLast
)

// encodeLine appends l to b.
func encodeLine(b []byte, l *pop3.DialogueLine) []byte {
	bits := byte(0)
	if l.LoggedIn {
		bits |= bitLoggedIn
	}
	if l.Last {
		bits |= bitLast
	}
	b = binary.NativeEndian.AppendUint64(b, uint64(l.Time.UnixNano()))
	b = append(b, byte(l.Direction), bits)
	for _, s := range lineTexts(l) {
		b = appendText(b, *s)
	}
	return appendAddress(b, l.Peer)
}

// decodeLine returns what encodeLine has encoded, false for anything else.
func decodeLine(in []byte) (l pop3.DialogueLine, ok bool) {
	d := decoder{in: in}
	l.Time = time.Unix(0, d.number())
	head := d.take(2)
	l.Direction, l.LoggedIn, l.Last = pop3.Direction(head[0]), head[1]&bitLoggedIn != 0, head[1]&bitLast != 0
	for _, s := range lineTexts(&l) {
		*s = string(d.text())
	}
	var peer netip.AddrPort
	d.fail = peer.UnmarshalBinary(d.text()) != nil || d.fail
	l.Peer = peer
	return l, !d.fail && len(d.in) == 0
}
