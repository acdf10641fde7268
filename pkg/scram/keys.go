package scram

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"hash"
)

// Hash is the hash function of a mechanism. Its value follows SCRAM- in the
// mechanism's name.
type Hash string

// The hash functions of RFC 5802 and RFC 7677.
const (
	SHA1   Hash = "SHA-1"
	SHA256 Hash = "SHA-256"
)

// New returns a new hash. It panics for any other Hash.
func (h Hash) New() hash.Hash {
	switch h {
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	}
	panic("scram: no such hash function: " + h)
}

// Limits of the iteration count. RFC 7677 §4 and clients require the minimum. With
// the maximum a check takes about half a second.
const (
	MinIterations = 4096
	MaxIterations = 1_000_000
)

// saltSize is the length of a new salt, in octets.
const saltSize = 16

// Keys are stored instead of a password (RFC 5802 §3). They are never changed, so
// goroutines may share them.
type Keys struct {
	Hash       Hash
	Salt       []byte
	Iterations int
	StoredKey  []byte // checks what a client proves
	ServerKey  []byte // proves to the client that the server has the keys
}

// Make returns keys for a password with a new salt. Like clients, it prepares the
// password with SASLprep (RFC 4013). It fails if that fails, or if iterations is out
// of range.
func Make(h Hash, password string, iterations int) (*Keys, error) {
	if iterations < MinIterations || iterations > MaxIterations {
		return nil, fmt.Errorf("iterations must be from %d to %d", MinIterations, MaxIterations)
	}
	prepared, err := Prepare(password)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // It never fails.
	return Derive(h, prepared, salt, iterations), nil
}

// Derive returns the keys for an unprepared password, with a salt that is not empty and
// at least one iteration. Its cost grows with iterations.
func Derive(h Hash, password string, salt []byte, iterations int) *Keys {
	salted, err := pbkdf2.Key(h.New, password, salt, iterations, h.New().Size())
	if err != nil {
		panic(err) // Only FIPS 140 mode restricts it, and this program is not built with it.
	}
	clientKey := mac(h, salted, "Client Key")
	stored := h.New()
	stored.Write(clientKey)
	return &Keys{
		Hash: h, Salt: salt, Iterations: iterations,
		StoredKey: stored.Sum(nil), ServerKey: mac(h, salted, "Server Key"),
	}
}

func mac(h Hash, key []byte, text string) []byte {
	m := hmac.New(h.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// Fits reports whether the keys are those of a password, prepared or unprepared: other
// programs may not have prepared it. The time does not depend on the difference.
func (k *Keys) Fits(password string) bool {
	prepared, err := Prepare(password)
	if err == nil && prepared != password && k.fits(prepared) {
		return true
	}
	return k.fits(password)
}

func (k *Keys) fits(password string) bool {
	made := Derive(k.Hash, password, k.Salt, k.Iterations)
	return subtle.ConstantTimeCompare(made.StoredKey, k.StoredKey) == 1
}
