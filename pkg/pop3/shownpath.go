package pop3

import (
	"crypto/sha256"
	"encoding/hex"
)

// MaxShown bounds the texts that processes show each other, in octets.
const MaxShown = 255

// ShownPath returns a path that has at most MaxShown octets. It replaces the end of a longer
// one by a hash, so that different paths stay different.
func ShownPath(path string) string {
	if len(path) <= MaxShown {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	end := "..." + hex.EncodeToString(sum[:])
	return path[:MaxShown-len(end)] + end
}

// Has reports whether the session has the Maildir with a path, which i may have as
// ShownPath returns it.
func (i *SessionInfo) Has(maildrop string) bool {
	return i.Maildrop == maildrop || i.Maildrop == ShownPath(maildrop)
}
