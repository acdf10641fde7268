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

// Bounds of a file of keys: octets, and keys, each of which costs a check of a
// signature.
const (
	maxKeyFile = 1 << 20
	maxKeys    = 64
)

// minRSA is the least size of an RSA key, in bits (RFC 7518 §3.3).
const minRSA = 2048

// keyFile is a file of public keys that is read again when it has changed.
// Goroutines may share it.
type keyFile struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	stamp files.Stamp
	keys  []jose.JSONWebKey
	told  string // the trouble last logged, so that each login does not repeat it
}

// current returns the keys of the file as it is now. When it cannot be used any
// more, as while it is being written, the keys read last stay in force, and
// without any it is an error.
func (f *keyFile) current() ([]jose.JSONWebKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp, err := files.StampPath(f.path)
	if err == nil && f.keys != nil && stamp == f.stamp {
		f.told = ""
		return f.keys, nil
	}
	keys, err := readKeys(f.path)
	switch {
	case err == nil:
		f.keys, f.stamp, f.told = keys, stamp, ""
	case f.keys == nil:
		return nil, err
	default:
		f.tell(err.Error())
	}
	return f.keys, nil
}

// tell logs why the old keys stay in force, when that is another reason than
// before.
func (f *keyFile) tell(reason string) {
	if reason != f.told {
		f.told = reason
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

// parseKeys reads a set of keys (RFC 7517 §5). Those that are for encryption, or
// of a kind that is not known, are none of ours.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("no JSON Web Key Set")
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
		if !key.IsPublic() || !key.Valid() {
			return nil, fmt.Errorf("key %d is not a public key: any reader of the file could create tokens with it", i+1)
		}
		if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < minRSA {
			return nil, fmt.Errorf("key %d has fewer than %d bits", i+1, minRSA)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key to check signatures with")
	}
	return keys, nil
}
