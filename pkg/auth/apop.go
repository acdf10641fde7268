package auth

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
)

// digestMatches reports whether digest is the MD5 of challenge, with its angle
// brackets, and password, in hexadecimal (APOP, RFC 1939 §7). The RFC wants
// lower case; some clients send the other.
func digestMatches(challenge, password, digest string) bool {
	sent, err := hex.DecodeString(digest)
	want := md5.Sum([]byte(challenge + password))
	return subtle.ConstantTimeCompare(sent, want[:]) == 1 && err == nil
}
