package gdbm

import (
	"encoding/binary"
	"maps"
	"slices"
)

// builder makes files as GDBM would on another machine.
type builder struct {
	layout layout
	order  binary.ByteOrder
	char   func(byte) uint32
	magic  uint32
	bits   int64 // of the directory; each entry has a bucket of its own
}

const buildBlock = 1024

// build returns a file with the records: a block with header, the directory,
// the buckets, and what the buckets name.
func (b builder) build(records map[string]string) []byte {
	l := b.layout
	buckets := int64(1) << b.bits
	directory := int64(buildBlock)
	first := directory + l.offset*buckets
	file := make([]byte, first+buckets*buildBlock)
	elements := (buildBlock - l.bucketHead) / l.element
	b.order.PutUint32(file, b.magic)
	b.order.PutUint32(file[4:], buildBlock)
	b.putOffset(file[8:], directory)
	for i, v := range []int64{l.offset * buckets, b.bits, buildBlock, elements} {
		b.order.PutUint32(file[8+l.offset+4*int64(i):], uint32(v))
	}
	for i := range buckets {
		b.putOffset(file[directory+i*l.offset:], first+i*buildBlock)
		bucket := file[first+i*buildBlock:]
		b.order.PutUint32(bucket[l.bucketHead-8:], uint32(b.bits))
		for e := range elements {
			b.order.PutUint32(bucket[l.bucketHead+e*l.element:], noHash)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(records)) {
		file = b.add(file, first, elements, key, records[key])
	}
	return file
}

// add puts a record behind the file, and names it in its bucket.
func (b builder) add(file []byte, first, elements int64, key, value string) []byte {
	l := b.layout
	hash := hashOf([]byte(key), b.char)
	bucket := file[first+int64(hash>>(hashBits-b.bits))*buildBlock:]
	at := int64(hash) % elements
	for b.order.Uint32(bucket[l.bucketHead+at*l.element:]) != noHash {
		at = (at + 1) % elements
	}
	element := bucket[l.bucketHead+at*l.element:]
	b.order.PutUint32(element, hash)
	copy(element[4:8], key)
	b.putOffset(element[l.pointer:], int64(len(file)))
	b.order.PutUint32(element[l.pointer+l.offset:], uint32(len(key)))
	b.order.PutUint32(element[l.pointer+l.offset+4:], uint32(len(value)))
	count := bucket[l.bucketHead-4:]
	b.order.PutUint32(count, b.order.Uint32(count)+1)
	return append(append(file, key...), value...)
}

func (b builder) putOffset(octets []byte, offset int64) {
	if b.layout.offset == 4 {
		b.order.PutUint32(octets, uint32(offset))
		return
	}
	b.order.PutUint64(octets, uint64(offset))
}
