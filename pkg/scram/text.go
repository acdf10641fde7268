package scram

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/xdg-go/stringprep"
)

// maxSalt is the longest salt, in octets.
const maxSalt = 128

// The errors of Parse. They contain no part of the keys.
var (
	ErrCostly = errors.New("too many iterations")

	errMalformed = errors.New("malformed SCRAM keys")
)

// Parse reads keys in the form of Text, which is also Dovecot's. It returns
// ErrCostly for more than MaxIterations. Any other error means that the keys are
// malformed, or have fewer than MinIterations.
func Parse(h Hash, text string) (*Keys, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 4 || strings.ContainsAny(text, "\r\n") { // The decoder would ignore line ends.
		return nil, errMalformed
	}
	iterations, err := strconv.ParseUint(fields[0], 10, 31)
	var octets [3][]byte
	for i, field := range fields[1:] {
		var e error
		octets[i], e = base64.StdEncoding.Strict().DecodeString(field)
		err = errors.Join(err, e)
	}
	k := &Keys{Hash: h, Salt: octets[0], Iterations: int(iterations), StoredKey: octets[1], ServerKey: octets[2]}
	switch {
	case err != nil || !k.isWellFormed():
		return nil, errMalformed
	case k.Iterations > MaxIterations:
		return nil, ErrCostly
	}
	return k, nil
}

// isWellFormed reports whether the sizes are right.
func (k *Keys) isWellFormed() bool {
	size := k.Hash.New().Size()
	salt := len(k.Salt) > 0 && len(k.Salt) <= maxSalt
	return salt && len(k.StoredKey) == size && len(k.ServerKey) == size && k.Iterations >= MinIterations
}

// Text returns the keys as they are stored: iterations, salt, StoredKey and
// ServerKey, the last three in base64, separated by commas.
func (k *Keys) Text() string {
	text := strconv.Itoa(k.Iterations)
	for _, octets := range [][]byte{k.Salt, k.StoredKey, k.ServerKey} {
		text += "," + base64.StdEncoding.EncodeToString(octets)
	}
	return text
}

// Prepare prepares a name or a password with SASLprep (RFC 4013). It fails if the
// text has forbidden characters, or if nothing is left of it.
func Prepare(text string) (string, error) {
	prepared, err := stringprep.SASLprep.Prepare(text)
	if err != nil {
		return "", errors.New("it has characters that SASLprep forbids")
	}
	if prepared == "" {
		return "", errors.New("it is empty")
	}
	return prepared, nil
}
