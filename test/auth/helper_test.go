//go:build integration

package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	xdg "github.com/xdg-go/scram"

	"tpops/test/fixture"
)

// issuer signs tokens.
type issuer struct {
	signer jose.Signer
	keys   string // file with its public key
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{signer, fixture.Write(t, "keys", string(set))}
}

// params are those of a server that accepts the issuer's tokens.
func (i *issuer) params() []string {
	return []string{"--oauth-tokens=jwks", "--oauth-jwks-file=" + i.keys, "--oauth-issuer=https://id.example.org", "--oauth-audience=pop"}
}

// claims are those of a good token for a name.
func claims(name string) map[string]any {
	return map[string]any{"iss": "https://id.example.org", "aud": "pop", "exp": time.Now().Add(time.Hour).Unix(), "email": name}
}

func (i *issuer) token(t *testing.T, claims map[string]any) string {
	t.Helper()
	token, err := jwt.Signed(i.signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// converse authenticates by a mechanism of SCRAM, with another implementation of
// it, and returns the line that ends the exchange.
func converse(client fixture.Session, mechanism string, conversation *xdg.ClientConversation) string {
	client.T.Helper()
	line := client.Answer("AUTH " + mechanism)
	for strings.HasPrefix(line, "+ ") {
		challenge, err := base64.StdEncoding.DecodeString(line[2:])
		if err != nil {
			client.T.Fatal(err)
		}
		response, err := conversation.Step(string(challenge))
		if err != nil {
			client.T.Fatal(err)
		}
		line = client.Answer(base64.StdEncoding.EncodeToString([]byte(response)))
	}
	return line
}
