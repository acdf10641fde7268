package oauth

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // names are case-sensitive, and each may come once

	"tpops/pkg/files"
)

// Limits of a file of keys: octets, and keys. Each key costs a check of a signature.
const (
	maxKeyFile = 1 << 20
	maxKeys    = 64
)

// minRSA is the smallest RSA key, in bits (RFC 7518 §3.3).
const minRSA = 2048

// keyFile is a file of public keys that is read again when it has changed.
// Goroutines may share it.
type keyFile struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	stamp  files.Stamp
	keys   []jose.JSONWebKey
	logged string // the last error that was logged, so that each login does not repeat it
}

// current returns the current keys of the file. While the file cannot be used, for
// instance because it is being written, it returns the keys that were read last. It
// fails if there are none.
func (f *keyFile) current() ([]jose.JSONWebKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp, err := files.StampPath(f.path)
	if err == nil && f.keys != nil && stamp == f.stamp {
		f.logged = ""
		return f.keys, nil
	}
	keys, err := readKeys(f.path)
	switch {
	case err == nil:
		f.keys, f.stamp, f.logged = keys, stamp, ""
	case f.keys == nil:
		return nil, err
	default:
		f.logProblem(err.Error())
	}
	return f.keys, nil
}

// logProblem logs why the old keys stay in force, unless the reason is the same as
// before.
func (f *keyFile) logProblem(reason string) {
	if reason != f.logged {
		f.logged = reason
		f.log.Warn("oauth-jwks-file reload failed", slog.String("reason", reason))
	}
}

// readKeys reads the file and checks each of its keys.
func readKeys(path string) ([]jose.JSONWebKey, error) {
	text, _, err := files.Read(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// parseKeys reads a set of keys (RFC 7517 §5). It ignores keys for encryption and of
// unknown types.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("more than %d keys", maxKeys)
	}
	var keys []jose.JSONWebKey
	for i, raw := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(raw); err != nil || key.Use == "enc" {
			continue
		}
		if err := checkKey(&key); err != nil {
			return nil, fmt.Errorf("key %d %w", i+1, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key for signatures")
	}
	return keys, nil
}

// checkKey returns an error if a key is not public or is too short.
func checkKey(key *jose.JSONWebKey) error {
	if !key.IsPublic() || !key.Valid() {
		return errors.New("is not a public key: any reader of the file could create tokens with it")
	}
	if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < minRSA {
		return fmt.Errorf("has fewer than %d bits", minRSA)
	}
	return nil
}
