package oauth

import (
	"context"
	"log/slog"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are the accepted signatures. All are made with a private key, so that
// the key that checks a signature cannot make one (RFC 8725 §3.1).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// maxToken is the longest token, in octets.
const maxToken = 16 << 10

// JWKS checks JSON Web Tokens with the public keys of a file (RFC 7517 §5). It reads
// the file again when it has changed. It does not have to be closed. Goroutines may
// share it.
type JWKS struct {
	rules Rules
	keys  keyFile
}

// OpenJWKS reads the file. It fails if the file cannot be read, has no usable key, or
// has a private or shared key. It returns the JWKS even so, which accepts tokens as
// soon as the file can be used. log gets a record when the file becomes unusable
// later.
func OpenJWKS(path string, rules Rules, log *slog.Logger) (*JWKS, error) {
	j := &JWKS{rules: rules, keys: keyFile{path: path, log: log}}
	_, err := j.keys.current()
	return j, err
}

// CheckToken returns the login name in a token. An error that wraps pop3.ErrAuth is
// why the token is rejected. Any other error means that the file cannot be read.
func (j *JWKS) CheckToken(_ context.Context, token string) (string, error) {
	keys, err := j.keys.current()
	if err != nil {
		return "", err
	}
	if len(token) > maxToken {
		return "", rejected("it is too long")
	}
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		// The error may contain parts of the token.
		return "", rejected("it is not a JSON Web Token, or its signature has an unsupported algorithm")
	}
	claims, err := verify(signed, keys)
	if err != nil {
		return "", err
	}
	return j.rules.login(claims, true)
}

// verify returns the claims if one of the keys has signed them.
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
	return nil, rejected("it is not signed with a key of oauth-jwks-file")
}
