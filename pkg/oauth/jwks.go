package oauth

import (
	"context"
	"log/slog"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are those of signatures that are made with a private key: whoever
// can check one cannot make one (RFC 8725 §3.1).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// maxToken bounds a token, in octets.
const maxToken = 16 << 10

// JWKS checks JSON Web Tokens with the public keys of a file (RFC 7517 §5),
// which it reads again when it has changed. Goroutines may share it; nobody has
// to close it.
type JWKS struct {
	rules Rules
	keys  keyFile
}

// OpenJWKS reads the file. It fails if that cannot be read or has no key that
// is of use; a private or a shared one must not be there. The JWKS is there even
// so, and takes tokens as soon as the file can be used. log is told when the file
// cannot be used later on.
func OpenJWKS(path string, rules Rules, log *slog.Logger) (*JWKS, error) {
	j := &JWKS{rules: rules, keys: keyFile{path: path, log: log}}
	_, err := j.keys.current()
	return j, err
}

// CheckToken returns the login name in a token. An error that wraps pop3.ErrAuth
// says why the token is not good; any other that the file cannot be read.
func (j *JWKS) CheckToken(_ context.Context, token string) (string, error) {
	keys, err := j.keys.current()
	if err != nil {
		return "", err
	}
	if len(token) > maxToken {
		return "", refused("it is too long")
	}
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		// The error may have parts of the token in it.
		return "", refused("it is no JSON Web Token, or signed in a way that is not taken")
	}
	claims, err := verify(signed, keys)
	if err != nil {
		return "", err
	}
	return j.rules.login(claims, true)
}

// verify returns what was signed with one of the keys.
func verify(signed *jose.JSONWebSignature, keys []jose.JSONWebKey) ([]byte, error) {
	header := signed.Signatures[0].Header // The compact form has exactly one.
	for i := range keys {
		key := &keys[i]
		if header.KeyID != "" && key.KeyID != "" && header.KeyID != key.KeyID {
			continue
		}
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if claims, err := signed.Verify(key.Key); err == nil {
			return claims, nil
		}
	}
	return nil, refused("no key of oauth-jwks-file has signed it")
}
