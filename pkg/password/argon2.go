package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Limits for the cost of an Argon2 hash. They are higher than MODERATE of libsodium, and
// a check at the limits takes about a second. Memory is in KiB, as in the hash.
const (
	maxArgonMemory = 256 << 10
	maxArgonWork   = 1 << 20 // memory times passes
	maxArgonLanes  = 16
)

// argonText is the reference encoding of Argon2. Version 19 is that of RFC 9106 §3.1.
const argonText = "$v=19$m=%d,t=%d,p=%d$"

// prepareArgon2 reads `$argon2id$v=19$m=,t=,p=$salt$hash`, or the same with argon2i.
func prepareArgon2(data string) (checker, error) {
	_, method, _ := strings.Cut(data, "$")
	method, rest, _ := strings.Cut(method, "$")
	rest = "$" + rest
	var memory, time, lanes uint32
	if n, _ := fmt.Sscanf(rest, argonText, &memory, &time, &lanes); n != 3 {
		return checker{}, errMalformed
	}
	// Sscanf accepts signs and spaces, so compare the text with the printed numbers.
	rest, ok := strings.CutPrefix(rest, fmt.Sprintf(argonText, memory, time, lanes))
	salt, hash, err := argonOctets(rest)
	if !ok || err != nil || time == 0 || lanes == 0 {
		return checker{}, errMalformed
	}
	if memory > maxArgonMemory || uint64(memory)*uint64(time) > maxArgonWork || lanes > maxArgonLanes {
		return checker{}, errCostly
	}
	derive := argon2.IDKey
	if method == "argon2i" {
		derive = argon2.Key
	}
	return checker{lanes: int(lanes), match: func(password string) (bool, error) {
		made := derive([]byte(password), salt, time, memory, uint8(lanes), uint32(len(hash)))
		return subtle.ConstantTimeCompare(made, hash) == 1, nil
	}}, nil
}

// argonOctets reads `salt$hash`. A hash shorter than 16 octets could match by chance. No
// program writes more than 64 octets of either.
func argonOctets(text string) (salt, hash []byte, err error) {
	saltText, hashText, _ := strings.Cut(text, "$")
	salt, saltErr := base64.RawStdEncoding.DecodeString(saltText)
	hash, hashErr := base64.RawStdEncoding.DecodeString(hashText)
	if saltErr != nil || hashErr != nil || len(hash) < 16 || len(hash) > 64 || len(salt) > 64 {
		return nil, nil, errMalformed
	}
	return salt, hash, nil
}
