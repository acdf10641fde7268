package mysql

import (
	"crypto/sha256"
	"sync"

	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// seenUsers is of how many users scramSeen looks at the keys.
const seenUsers = 1024

// scramSeen finds out what keys for SCRAM look like in a database whose rows
// cannot all be read: the ones that unknown users get have to look like most.
// It counts each user once, and what it has decided changes only if another
// kind is more common among the first users. Goroutines may share it.
type scramSeen struct {
	mu    sync.Mutex
	users map[[8]byte]bool
	count map[scramShape]int
	shape scramShape      // the most common one
	like  password.Stored // keys of this shape, that fit no password
}

// scramShape is what a client sees of keys, and what they cost.
type scramShape struct {
	clear      bool // derived from a password
	iterations int
	salt       int // octets
}

// newSCRAMSeen begins with the keys that are expected before a user was seen.
func newSCRAMSeen(h scram.Hash, unseen password.Stored) *scramSeen {
	s := &scramSeen{users: map[[8]byte]bool{}, count: map[scramShape]int{}, like: unseen}
	s.shape, _ = shapeOf(h, unseen)
	return s
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

// saw counts what is stored for a login.
func (s *scramSeen) saw(h scram.Hash, login string, password password.Stored) {
	sum := sha256.Sum256([]byte(login))
	s.mu.Lock()
	defer s.mu.Unlock()
	user := [8]byte(sum[:])
	if len(s.users) >= seenUsers || s.users[user] {
		return
	}
	shape, err := shapeOf(h, password)
	if err != nil {
		return // Nobody logs in with it.
	}
	s.users[user] = true
	s.count[shape]++
	if shape != s.shape && s.count[shape] > s.count[s.shape] {
		s.shape, s.like = shape, shape.stored(h)
	}
}

// decoy returns what stands in for the keys of an unknown user.
func (s *scramSeen) decoy() password.Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.like
}

// stored returns keys of the shape, of no user.
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
