package mysql

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"

	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// seenUsers is how many users scramSeen remembers for each hash function.
const seenUsers = 512

const (
	hashes    = 2 // of password.SCRAMHashes
	wordSize  = 8
	blockSize = seenUsers * wordSize

	// seenSize is the size of the password.SeenFile, in octets. The missing part of a
	// shorter file counts as zeros.
	seenSize = hashes*blockSize + 2*wordSize
)

// The compiler rejects a layout that is larger than a password.SeenFile.
const _ = uint(password.MaxSeen - seenSize)

// scramSeen records the form of the keys for SCRAM in a database whose rows cannot all
// be read, so that unknown users get keys of the most common form. It is the same in
// every process, and after a restart. The file has one word for each user, so that no
// user counts twice. A word does not identify its user. Goroutines and processes may
// share it.
type scramSeen struct {
	file   password.SeenFile
	tag    func(login string) []byte
	unseen func() scramShape // until a user has been recorded
}

// scramShape is the form of keys: what a client sees of them, and what they cost.
type scramShape struct {
	clear      bool // derived from a password
	iterations int
	salt       int // octets
}

// shapeOf returns the shape of what is stored.
func shapeOf(h scram.Hash, s password.Stored) (scramShape, error) {
	if _, clear := s.ClearText(); clear {
		return scramShape{clear: true}, nil
	}
	keys, err := scram.Parse(h, s.Data)
	if err != nil {
		return scramShape{}, err
	}
	return scramShape{iterations: keys.Iterations, salt: len(keys.Salt)}, nil
}

// record records the form of a user's keys.
func (s *scramSeen) record(h scram.Hash, name string, stored password.Stored) {
	shape, err := shapeOf(h, stored)
	if err != nil {
		return // No user can log in with it.
	}
	hash := s.tag(name)
	word, ok := shape.pack(binary.BigEndian.Uint16(hash))
	if !ok {
		return
	}
	at := int64(slices.Index(password.SCRAMHashes(), h))*blockSize + int64(binary.BigEndian.Uint64(hash[2:])%seenUsers)*wordSize
	var b [wordSize]byte
	if _, err := s.file.ReadAt(b[:], at); err != nil && err != io.EOF {
		return
	}
	if old := binary.BigEndian.Uint64(b[:]); old == word || old != 0 && tagOf(old) != tagOf(word) {
		return // It is recorded, or another user has the word.
	}
	binary.BigEndian.PutUint64(b[:], word)
	_, _ = s.file.WriteAt(b[:], at) // After an error unknown users get the same keys as before.
}

// decoy returns the keys for an unknown user: keys of the most common shape that match
// no password.
func (s *scramSeen) decoy(h scram.Hash) password.Stored {
	block := make([]byte, blockSize)
	n, err := s.file.ReadAt(block, int64(slices.Index(password.SCRAMHashes(), h))*blockSize)
	if err != nil && err != io.EOF {
		n = 0
	}
	count := map[scramShape]int{}
	for ; n >= wordSize; n -= wordSize {
		if shape, ok := unpackShape(binary.BigEndian.Uint64(block[n-wordSize:])); ok {
			count[shape]++
		}
	}
	most := s.unseen()
	for shape, users := range count {
		if cmp.Or(cmp.Compare(users, count[most]), shape.compare(most)) > 0 {
			most = shape
		}
	}
	return most.stored(h)
}

// compare orders shapes that are equally common, so that the choice is always the same.
func (s scramShape) compare(other scramShape) int {
	return cmp.Or(cmp.Compare(s.iterations, other.iterations), cmp.Compare(s.salt, other.salt))
}

// A word of the file has 32 bits of iterations, 8 of the size of the salt, 16 of a hash
// of the user, and these two flags.
const (
	wordUsed  = 1 << 63
	wordClear = 1 << 62 // derived from a password

	saltShift = 32
	tagShift  = 40
	maxSalt   = 255
)

// tagOf returns the bits of the user in a word.
func tagOf(word uint64) uint16 { return uint16(word >> tagShift) }

// pack returns the word of a user's shape; false for one that it cannot hold.
func (s scramShape) pack(user uint16) (uint64, bool) {
	word := wordUsed | uint64(user)<<tagShift
	if s.clear {
		return word | wordClear, true
	}
	return word | uint64(s.salt)<<saltShift | uint64(uint32(s.iterations)), s.salt <= maxSalt && s.isUsable()
}

// unpackShape returns the shape in a word; false if it is unused or damaged.
func unpackShape(word uint64) (scramShape, bool) {
	if word&wordUsed == 0 {
		return scramShape{}, false
	}
	if word&wordClear != 0 {
		return scramShape{clear: true}, true
	}
	s := scramShape{iterations: int(uint32(word)), salt: int(uint8(word >> saltShift))}
	return s, s.isUsable()
}

// isUsable reports whether clients accept keys of the shape.
func (s scramShape) isUsable() bool {
	return s.salt > 0 && s.iterations > 0 && s.iterations <= scram.MaxIterations
}

// stored returns keys of the shape that match no password.
func (s scramShape) stored(h scram.Hash) password.Stored {
	if s.clear {
		return password.NoKeys()
	}
	size := h.New().Size()
	keys := scram.Keys{
		Hash: h, Salt: make([]byte, s.salt), Iterations: s.iterations,
		StoredKey: make([]byte, size), ServerKey: make([]byte, size),
	}
	return password.Stored{Scheme: "SCRAM-" + string(h), Data: keys.Text()}
}
