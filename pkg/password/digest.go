package password

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
)

// preparePlain is the scheme for passwords in the clear.
func preparePlain(data string) (checker, error) {
	return checker{match: func(password string) (bool, error) {
		return sameText(data, password), nil
	}}, nil
}

// sameText compares a and b in a time that does not depend on where they differ. It
// compares digests, so that the time does not depend on their lengths either.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// prepareDigest returns the scheme for a digest of the password without salt.
func prepareDigest(newHash func() hash.Hash) func(data string) (checker, error) {
	return func(data string) (checker, error) {
		sum, err := decodeDigest(data, newHash().Size())
		if err == nil && len(sum) != newHash().Size() {
			err = errMalformed
		}
		return checker{match: func(password string) (bool, error) {
			return digestIs(newHash(), sum, password, nil), nil
		}}, err
	}
}

// prepareSalted returns the scheme for a digest of password and salt, followed by the
// salt.
func prepareSalted(newHash func() hash.Hash) func(data string) (checker, error) {
	return func(data string) (checker, error) {
		sum, err := decodeDigest(data, 0)
		size := newHash().Size()
		if err != nil || len(sum) < size {
			return checker{}, errMalformed
		}
		return checker{match: func(password string) (bool, error) {
			return digestIs(newHash(), sum[:size], password, sum[size:]), nil
		}}, nil
	}
}

func digestIs(h hash.Hash, sum []byte, password string, salt []byte) bool {
	h.Write([]byte(password))
	h.Write(salt)
	return subtle.ConstantTimeCompare(h.Sum(nil), sum) == 1
}

// maxDigestData is the maximum length of the text of a digest and its salt, in octets.
const maxDigestData = 1024

// decodeDigest reads base64, or hexadecimal if the text has exactly the length of size
// octets in hexadecimal. Both are in use, and Dovecot does the same. Many programs omit
// the padding of base64.
func decodeDigest(data string, size int) ([]byte, error) {
	if len(data) > maxDigestData {
		return nil, errMalformed
	}
	if len(data) == hex.EncodedLen(size) {
		if sum, err := hex.DecodeString(data); err == nil {
			return sum, nil
		}
	}
	encoding := base64.StdEncoding
	if len(data)%4 != 0 {
		encoding = base64.RawStdEncoding
	}
	sum, err := encoding.DecodeString(data)
	if err != nil {
		return nil, errEncoding
	}
	return sum, nil
}
