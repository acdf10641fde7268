package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const keySize = 16

// The kinds of hashes.
const (
	kindAddress byte = iota + 1
	kindUser
	kindPair
	kindAccount
	kindSecret
)

// hasher makes keys with the secret of the memory.
type hasher struct{ key *[keySize]byte }

// hash returns a number that cannot be predicted without the key. It is never 0,
// which means that there is none.
func (h hasher) hash(kind byte, address uint64, user string) uint64 {
	var room [96]byte
	b := append(room[:0], h.key[:]...)
	b = append(b, kind)
	b = binary.BigEndian.AppendUint64(b, address)
	b = append(b, user...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:]) | 1<<63
}

// addressKey returns the key of an IPv4 address, or of the /64 network of an IPv6
// address, which usually belongs to one client. It is 0 without an address.
func (h hasher) addressKey(a netip.Addr) uint64 {
	a = a.Unmap()
	switch {
	case a.Is4():
		four := a.As4()
		return h.hash(kindAddress, uint64(binary.BigEndian.Uint32(four[:])), "4")
	case a.Is6():
		sixteen := a.As16()
		return h.hash(kindAddress, binary.BigEndian.Uint64(sixteen[:8]), "6")
	}
	return 0
}

// userKey returns the key of a login name, which is the same for other spellings.
func (h hasher) userKey(login string) uint64 { return h.hash(kindUser, 0, fold(login)) }

// fold returns a login name without most of what databases ignore when they compare
// names: case, accents, invisible characters, and spaces at the end.
func fold(login string) string {
	if strings.ContainsFunc(login, func(r rune) bool { return r >= utf8.RuneSelf }) {
		login = strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Mn, unicode.Cf) {
				return -1
			}
			return r
		}, norm.NFKD.String(login))
	}
	return strings.TrimRight(strings.ToLower(login), " ")
}

// accountKey returns the key of an account. Its name is that of its row, so that
// case matters.
func (h hasher) accountKey(name string) uint64 { return h.hash(kindAccount, 0, name) }

// secretKey returns a keyed digest of a password or token that is tried for a user,
// 0 if it is empty.
func (h hasher) secretKey(login, secret string) uint64 {
	if secret == "" {
		return 0
	}
	digest := sha256.Sum256([]byte(secret))
	return h.hash(kindSecret, h.userKey(login), string(digest[:]))
}

// pairKey returns the key of a user at an address, which is the same for other spellings.
func (h hasher) pairKey(address uint64, login string) uint64 {
	return h.hash(kindPair, address, fold(login))
}

// ownKey returns the key under which a user at an address becomes known, that of the exact
// octets: case may be all that distinguishes two users, and the password of one must not
// make the other known.
func (h hasher) ownKey(address uint64, login string) uint64 {
	return h.hash(kindPair, address, login)
}
