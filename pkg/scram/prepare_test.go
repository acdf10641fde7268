package scram

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"unicode/utf8"
)

// preparedRunes is the digest of what Prepare of stringprep 1.0.4, as released, returns
// for each rune: alone, after a letter, and between letters that are written from right
// to left.
const preparedRunes = "e1ce3fe4a7ec01515b35d6985edfd8f204b65e031fa1367e482c6b2c6b48f274"

// SASLprep of the copy in third_party is that of the library.
func TestPrepareAllRunes(t *testing.T) {
	digest := sha256.New()
	for r := range rune(utf8.MaxRune + 1) {
		for _, text := range []string{string(r), "a" + string(r), "\u05d0" + string(r) + "\u05d0"} {
			prepared, err := Prepare(text)
			if err != nil {
				prepared = "refused"
			}
			digest.Write([]byte(prepared + "\n"))
		}
	}
	if got := hex.EncodeToString(digest.Sum(nil)); got != preparedRunes {
		t.Errorf("digest %s, want %s", got, preparedRunes)
	}
}
