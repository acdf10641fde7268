package certs

import (
	"encoding/json"
	"errors"
)

// copied is what a Store has read last from its files: the text of each pair, in the order
// of Options.Pairs, and of the authorities of clients.
type copied struct {
	Pairs       []content
	Authorities []byte
}

// maxCopy is the largest copy, in octets. One certificate with its chain has a few
// thousand; each process that starts gets the copy.
const maxCopy = 256 << 10

// content is the text of the two files of a pair.
type content struct{ Cert, Key []byte }

// Copy returns what was read last from the files, for Options.Last of other processes. It
// has the keys. It is nil for a nil Store, and if there are very many certificates.
// Goroutines may call it.
func (s *Store) Copy() []byte {
	if s == nil {
		return nil
	}
	s.looking.Lock()
	defer s.looking.Unlock()
	var c copied
	for _, source := range s.sources {
		c.Pairs = append(c.Pairs, source.content)
	}
	if s.authorities != nil {
		c.Authorities = s.authorities.text
	}
	text, err := json.Marshal(c)
	if err != nil || len(text) > maxCopy { // Slices of octets have no error.
		return nil
	}
	return text
}

var errOtherCopy = errors.New("the copy of the certificates belongs to other parameters")

// decodeLast returns Options.Last, nil if there is none.
func (o *Options) decodeLast() (*copied, error) {
	if o.Last == nil {
		return nil, nil
	}
	var c copied
	if err := json.Unmarshal(o.Last, &c); err != nil || len(c.Pairs) != len(o.Pairs) {
		return nil, errOtherCopy
	}
	return &c, nil
}

// pair returns the text of a pair, nil without a copy.
func (c *copied) pair(n int) *content {
	if c == nil {
		return nil
	}
	return &c.Pairs[n]
}

// authorities returns the text of the authorities, nil without a copy.
func (c *copied) authorities() []byte {
	if c == nil {
		return nil
	}
	return c.Authorities
}
