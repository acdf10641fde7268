package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strings"
)

const keySize = 16

// What a hash is of.
const (
	ofAddress byte = iota + 1
	ofUser
	ofPair
	ofAccount
	ofSecret
)

// hash returns a number that is unpredictable without the key. It
// is never 0, which stands for nothing.
func (m *Memory) hash(of byte, address uint64, user string) uint64 {
	var room [96]byte
	b := append(room[:0], m.header.key[:]...)
	b = append(b, of)
	b = binary.BigEndian.AppendUint64(b, address)
	b = append(b, user...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:]) | 1<<63
}

// addressKey returns the key of an address: one of IPv4, or the network of 64
// bits of IPv6, all of whose addresses usually belong to one client. It
// is 0 for no address.
func (m *Memory) addressKey(a netip.Addr) uint64 {
	a = a.Unmap()
	switch {
	case a.Is4():
		four := a.As4()
		return m.hash(ofAddress, uint64(binary.BigEndian.Uint32(four[:])), "4")
	case a.Is6():
		sixteen := a.As16()
		return m.hash(ofAddress, binary.BigEndian.Uint64(sixteen[:8]), "6")
	}
	return 0
}

// userKey returns the key of a login name. Databases may take names in any
// case for the same.
func (m *Memory) userKey(login string) uint64 {
	return m.hash(ofUser, 0, strings.ToLower(login))
}

// accountKey returns the key of an account, whose name is that of its row: no
// other case of it is the same user.
func (m *Memory) accountKey(name string) uint64 { return m.hash(ofAccount, 0, name) }

// secretKey returns a digest of what is tried for a user, 0 of nothing. Nobody
// without the key can find out from it what was tried.
func (m *Memory) secretKey(login, secret string) uint64 {
	if secret == "" {
		return 0
	}
	digest := sha256.Sum256([]byte(secret))
	return m.hash(ofSecret, m.userKey(login), string(digest[:]))
}

// pairKey returns the key of a user at an address.
func (m *Memory) pairKey(address uint64, login string) uint64 {
	return m.hash(ofPair, address, strings.ToLower(login))
}
