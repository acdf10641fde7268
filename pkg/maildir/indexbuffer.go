package maildir

import "sync"

// leastPooled is the size in octets from which a buffer of an index is kept for the next
// one: to clear so much memory takes as long as to check what is read into it.
const leastPooled = 64 << 10

// indexBuffers has buffers of firstRead octets.
var indexBuffers = sync.Pool{New: func() any { return new([firstRead]byte) }}

// takeIndexBuffer returns a buffer with room for so many octets, and a function that gives
// it back. Nothing may refer to it then.
func takeIndexBuffer(octets int64) (buf []byte, giveBack func()) {
	if octets < leastPooled || octets > firstRead {
		return nil, func() {}
	}
	room := indexBuffers.Get().(*[firstRead]byte)
	return room[:0], func() { indexBuffers.Put(room) }
}

// withRoom returns buf with room for so many octets, and no more if it had less.
func withRoom(buf []byte, octets int) []byte {
	if cap(buf) >= octets {
		return buf
	}
	return append(make([]byte, 0, octets), buf...)
}
