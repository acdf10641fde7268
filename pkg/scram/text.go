package scram

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/xdg-go/stringprep"
)

// maxSalt bounds a salt, in octets.
const maxSalt = 128

// ErrMalformed and ErrCostly are why a text is of no use. They say nothing of
// what is in it.
var (
	ErrMalformed = errors.New("malformed SCRAM keys")
	ErrCostly    = errors.New("too many iterations")
)

// Parse reads what Text has written, or Dovecot. Its errors are ErrMalformed,
// which too few iterations are as well, and ErrCostly.
func Parse(h Hash, text string) (*Keys, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 4 {
		return nil, ErrMalformed
	}
	iterations, err := strconv.ParseUint(fields[0], 10, 31)
	var octets [3][]byte
	for i, field := range fields[1:] {
		var e error
		octets[i], e = base64.StdEncoding.Strict().DecodeString(field)
		err = errors.Join(err, e)
	}
	k := &Keys{Hash: h, Salt: octets[0], Iterations: int(iterations), StoredKey: octets[1], ServerKey: octets[2]}
	size := h.New().Size()
	switch {
	case err != nil || len(k.Salt) == 0 || len(k.Salt) > maxSalt || strings.ContainsAny(text, "\r\n"):
		return nil, ErrMalformed
	case len(k.StoredKey) != size || len(k.ServerKey) != size || k.Iterations < MinIterations:
		return nil, ErrMalformed
	case k.Iterations > MaxIterations:
		return nil, ErrCostly
	}
	return k, nil
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

// Prepare returns a name or a password as SASLprep (RFC 4013) has it. The error
// is that it may not be used, or that nothing is left of it.
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
