package oauth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tpops/pkg/pop3"
)

// issuer has the private keys of a server that issues tokens.
type issuer struct {
	rsa, other *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
	ed         ed25519.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	var errs [4]error
	i.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	i.other, errs[1] = rsa.GenerateKey(rand.Reader, 2048)
	i.ec, errs[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, i.ed, errs[3] = ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return i
}

// set returns the public keys in the form of a file.
func (i *issuer) set(t *testing.T) string {
	t.Helper()
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &i.rsa.PublicKey, KeyID: "r", Algorithm: "RS256", Use: "sig"},
		{Key: &i.ec.PublicKey, KeyID: "e"},
		{Key: i.ed.Public(), KeyID: "d"},
		{Key: &i.other.PublicKey, KeyID: "x", Use: "enc"},
	}}
	text, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var now = time.Unix(1_800_000_000, 0)

// good returns claims that satisfy all rules, with changes; nil removes a claim.
func good(changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": "https://id.example.org", "aud": []string{"other", "pop"}, "exp": now.Unix() + 300, "iat": now.Unix(),
		"email": "tim@example.org", "scope": "openid mail", "sub": "4711",
	}
	for name, value := range changes {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func rules() Rules {
	return Rules{Issuer: "https://id.example.org", Audience: "pop", Scope: "mail", Now: func() time.Time { return now }}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestClaims(t *testing.T) {
	sub := rules()
	sub.LoginClaim = "sub"
	tests := []struct {
		name    string
		rules   Rules
		changes map[string]any
		login   string
	}{
		{"good", rules(), nil, "tim@example.org"},
		{"another claim", sub, map[string]any{"email": nil}, "4711"},
		{"no rules but a name", Rules{Now: rules().Now}, map[string]any{"iss": nil, "aud": nil, "scope": nil}, "tim@example.org"},
		{"one audience", rules(), map[string]any{"aud": "pop"}, "tim@example.org"},
		{"scopes in a list", rules(), map[string]any{"scope": nil, "scp": []string{"mail"}}, "tim@example.org"},
		{"expired within the leeway", rules(), map[string]any{"exp": now.Unix() - 20}, "tim@example.org"},
		{"verified", rules(), map[string]any{"email_verified": true}, "tim@example.org"},
		{"not verified", rules(), map[string]any{"email_verified": false}, ""},
		{"verified, as text", rules(), map[string]any{"email_verified": "true"}, "tim@example.org"},
		{"verified, as text with a capital", rules(), map[string]any{"email_verified": "True"}, "tim@example.org"},
		{"not verified, as text", rules(), map[string]any{"email_verified": "false"}, ""},
		{"verified, as something else", rules(), map[string]any{"email_verified": "yes"}, ""},
		{"verified, as a number", rules(), map[string]any{"email_verified": 1}, ""},
		{"another claim in capitals: not verified", rules(), map[string]any{"email_verified": false, "Email_Verified": true}, ""},
		{"another claim in capitals: verified", rules(), map[string]any{"email_verified": true, "Email_Verified": false}, "tim@example.org"},
		{"another claim in capitals: audience", rules(), map[string]any{"aud": "imap", "Aud": "pop", "AUD": "pop"}, ""},
		{"another claim in capitals: expiry", rules(), map[string]any{"exp": now.Unix() - 400, "EXP": now.Unix() + 400}, ""},
		{"another claim in capitals: start", rules(), map[string]any{"nbf": now.Unix() + 400, "NBF": now.Unix() - 400}, ""},
		{"another claim in capitals: issuer", rules(), map[string]any{"iss": "https://id.example.com", "Iss": "https://id.example.org"}, ""},
		{"another claim in capitals: scope", rules(), map[string]any{"scope": "openid", "Scope": "mail", "SCP": "mail"}, ""},
		{"another claim in capitals: name", rules(), map[string]any{"Email": "victim@example.org"}, "tim@example.org"},
		{"a claim in capitals alone", rules(), map[string]any{"email": nil, "Email": "tim@example.org"}, ""},
		{"a long s", rules(), map[string]any{"scope": "openid", "\u017fcope": "mail"}, ""},
		{"expired", rules(), map[string]any{"exp": now.Unix() - 40}, ""},
		{"never expires", rules(), map[string]any{"exp": nil}, ""},
		{"not yet", rules(), map[string]any{"nbf": now.Unix() + 40}, ""},
		{"issued in the future", rules(), map[string]any{"iat": now.Unix() + 400}, ""},
		{"another issuer", rules(), map[string]any{"iss": "https://id.example.com"}, ""},
		{"no issuer", rules(), map[string]any{"iss": nil}, ""},
		{"for another service", rules(), map[string]any{"aud": "imap"}, ""},
		{"without an audience", rules(), map[string]any{"aud": nil}, ""},
		{"another scope", rules(), map[string]any{"scope": "mailbox openid"}, ""},
		{"no scope", rules(), map[string]any{"scope": nil}, ""},
		{"no name", rules(), map[string]any{"email": nil}, ""},
		{"a name that is a number", rules(), map[string]any{"email": 17}, ""},
		{"a name in a list", rules(), map[string]any{"email": []string{"tim@example.org"}}, ""},
		{"a time that is text", rules(), map[string]any{"exp": "soon"}, ""},
		{"scopes that are a number", rules(), map[string]any{"scope": 5}, ""},
	}
	i := newIssuer(t)
	path := filepath.Join(t.TempDir(), "keys")
	writeFile(t, path, i.set(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := OpenJWKS(path, tt.rules, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			login, err := j.CheckToken(t.Context(), sign(t, jose.RS256, i.rsa, "r", good(tt.changes)))
			if login != tt.login || (err == nil) != (tt.login != "") || err != nil && !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("%q, %v", login, err)
			}
		})
	}
}

// Claims that a map cannot have: the same claim twice, and text that is not UTF-8.
func TestClaimsText(t *testing.T) {
	standard := `"iss":"https://id.example.org","aud":"pop","scope":"mail","exp":1800000300`
	r := rules()
	tests := []struct {
		name, claims, login string
	}{
		{"good", `{` + standard + `,"email":"tim@example.org"}`, "tim@example.org"},
		{"a name twice", `{` + standard + `,"email":"tim@example.org","email":"victim@example.org"}`, ""},
		{"the same name twice", `{` + standard + `,"email":"tim@example.org","email":"tim@example.org"}`, ""},
		{"a name twice, with an escape", `{` + standard + `,"email":"tim@example.org","\u0065mail":"victim@example.org"}`, ""},
		{"an audience twice", `{"aud":"imap",` + standard + `,"email":"tim@example.org"}`, ""},
		{"an unknown claim twice", `{` + standard + `,"email":"tim@example.org","x":1,"x":2}`, ""},
		{"twice in a nested object", `{` + standard + `,"email":"tim@example.org","x":{"y":1,"y":2}}`, ""},
		{"not UTF-8", `{` + standard + `,"email":"tim` + "\xff" + `@example.org"}`, ""},
		{"something after it", `{` + standard + `,"email":"tim@example.org"}{}`, ""},
		{"a list", `[{` + standard + `,"email":"tim@example.org"}]`, ""},
		{"null", `null`, ""},
		{"no JSON", `email`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			login, err := r.login([]byte(tt.claims), true)
			if login != tt.login || (err == nil) != (tt.login != "") || err != nil && !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("%q, %v", login, err)
			}
		})
	}
}

// The response of a server is read in the same way.
func TestIntrospectionActive(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"active":true,"email":"tim@example.org"}`:                 true,
		`{"active":false,"Active":true,"email":"tim@example.org"}`:  false,
		`{"ACTIVE":true,"email":"tim@example.org"}`:                 false,
		`{"active":false,"active":true,"email":"tim@example.org"}`:  false,
		`{"active":true,"email":"a@example.org","email":"b@e.org"}`: false,
		`{"active":true,"Email":"tim@example.org"}`:                 false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
		i, err := NewIntrospection(server.URL, "", "", Rules{Now: rules().Now})
		if err != nil {
			t.Fatal(err)
		}
		login, err := i.CheckToken(t.Context(), "x")
		server.Close()
		if (err == nil) != want || (login != "") != want {
			t.Errorf("%s: %q, %v", answer, login, err)
		}
	}
}

func TestSignatures(t *testing.T) {
	i := newIssuer(t)
	path := filepath.Join(t.TempDir(), "keys")
	writeFile(t, path, i.set(t))
	j, err := OpenJWKS(path, rules(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	claims := good(nil)
	rs := sign(t, jose.RS256, i.rsa, "r", claims)
	header, rest, _ := strings.Cut(rs, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	const none = "eyJhbGciOiJub25lIn0" // {"alg":"none"}
	shared, err := json.Marshal(i.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, token string
		good        bool
	}{
		{"RSA", rs, true},
		{"RSA without a key's name", sign(t, jose.RS256, i.rsa, "", claims), true},
		{"ECDSA", sign(t, jose.ES256, i.ec, "e", claims), true},
		{"Ed25519", sign(t, jose.EdDSA, i.ed, "d", claims), true},
		{"another key's name", sign(t, jose.RS256, i.rsa, "e", claims), false},
		{"an unknown key's name", sign(t, jose.RS256, i.rsa, "z", claims), false},
		{"a key for encryption", sign(t, jose.RS256, i.other, "x", claims), false},
		{"an unknown key", sign(t, jose.RS256, i.other, "", claims), false},
		{"an algorithm that is not accepted", sign(t, jose.PS256, i.rsa, "r", claims), false},
		{"a public key as a shared one", sign(t, jose.HS256, bytes.Repeat(shared, 1), "r", claims), false},
		{"no algorithm", none + "." + payload + ".", false},
		{"no algorithm with a signature", none + "." + payload + "." + signature, false},
		{"no signature", header + "." + payload + ".", false},
		{"the payload of another token", header + "." + payload[:len(payload)-4] + "AAAA." + signature, false},
		{"empty", "", false},
		{"dots", "..", false},
		{"not a token", "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==", false},
		{"long", strings.Repeat("a", maxToken+1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			login, err := j.CheckToken(t.Context(), tt.token)
			if (login != "") != tt.good || (err == nil) != tt.good || err != nil && !errors.Is(err, pop3.ErrAuth) {
				t.Fatalf("%q, %v", login, err)
			}
			if err != nil && tt.token != "" && strings.Contains(err.Error(), tt.token) {
				t.Error("the token is in the error")
			}
		})
	}
}

func TestKeyFile(t *testing.T) {
	i := newIssuer(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	one := func(key any) string {
		text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tests := []struct{ name, text, want string }{
		{"good", i.set(t), ""},
		{"unknown key types are ignored", strings.Replace(i.set(t), `"keys":[`, `"keys":[{"kty":"new"},`, 1), ""},
		{"private", one(i.rsa), "is not a public key"},
		{"private, elliptic", one(i.ec), "is not a public key"},
		{"shared", one([]byte("0123456789abcdef0123456789abcdef")), "is not a public key"},
		{"small", one(&small.PublicKey), "fewer than 2048 bits"},
		{"empty", "", "not a JSON Web Key Set"},
		{"no keys", `{"keys":[]}`, "no key for signatures"},
		{"something else", `{"a":1}`, "no key for signatures"},
		{"many keys", `{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`, "more than 64 keys"},
		{"large", strings.Repeat(" ", maxKeyFile+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			writeFile(t, path, tt.text)
			_, err := OpenJWKS(path, rules(), slog.New(slog.DiscardHandler))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	if _, err := OpenJWKS(filepath.Join(t.TempDir(), "none"), rules(), slog.New(slog.DiscardHandler)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestKeysChange replaces the issuer's keys while tokens are checked.
func TestKeysChange(t *testing.T) {
	old, next := newIssuer(t), newIssuer(t)
	var log strings.Builder
	path := filepath.Join(t.TempDir(), "keys")
	writeFile(t, path, old.set(t))
	j, err := OpenJWKS(path, rules(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, wantOld, wantNext bool, wantLogged int) {
		t.Helper()
		_, err1 := j.CheckToken(t.Context(), sign(t, jose.EdDSA, old.ed, "d", good(nil)))
		_, err2 := j.CheckToken(t.Context(), sign(t, jose.EdDSA, next.ed, "d", good(nil)))
		if (err1 == nil) != wantOld || (err2 == nil) != wantNext {
			t.Errorf("%s: %v, %v", what, err1, err2)
		}
		if got := strings.Count(log.String(), "oauth-jwks-file reload failed"); got != wantLogged {
			t.Errorf("%s: logged %d times, want %d: %s", what, got, wantLogged, log.String())
		}
	}
	check("at first", true, false, 0)
	writeFile(t, path, "{half a fi")
	check("while it is written", true, false, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("while it is away", true, false, 2)
	writeFile(t, path+"-new", next.set(t))
	if err := os.Rename(path+"-new", path); err != nil {
		t.Fatal(err)
	}
	check("with other keys", false, true, 2)
}

func TestIntrospection(t *testing.T) {
	answers := map[string]string{
		"good": `{"active":true,"username":"tim","scope":"mail"}`, "inactive": `{"active":false,"username":"tim","scope":"mail"}`,
		"nameless": `{"active":true,"scope":"mail"}`, "expired": `{"active":true,"username":"tim","scope":"mail","exp":1}`,
		"html": `<html>`, "long": `{"active":true,"x":"` + strings.Repeat("x", maxResponse) + `"}`, "empty": "", "text": `{"active":"true","username":"tim","scope":"mail"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		token := r.PostFormValue("token")
		switch {
		case r.Method != http.MethodPost || id != "pop%3A3" || secret != "s%26cret":
			w.WriteHeader(http.StatusUnauthorized)
		case token == "redirect":
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		case token == "broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = w.Write([]byte(answers[token])) // The client may have closed the connection.
		}
	}))
	defer server.Close()
	i, err := NewIntrospection(server.URL, "pop:3", "s&cret", Rules{Scope: "mail", LoginClaim: "username"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		token, login string
		refused      bool
	}{
		{"good", "tim", false}, {"inactive", "", true}, {"nameless", "", true}, {"expired", "", true},
		{"html", "", false}, {"long", "", false}, {"empty", "", false}, {"text", "", false}, {"redirect", "", false}, {"broken", "", false},
	}
	for _, tt := range tests {
		login, err := i.CheckToken(t.Context(), tt.token)
		if login != tt.login || errors.Is(err, pop3.ErrAuth) != tt.refused || (err == nil) != (tt.login != "") {
			t.Errorf("%s: %q, %v", tt.token, login, err)
		}
	}
	stranger, err := NewIntrospection(server.URL, "", "", Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.CheckToken(t.Context(), "good"); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("without the secret: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.CheckToken(ended, "good"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	server.Close()
	if _, err := i.CheckToken(t.Context(), "good"); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("without a server: %v", err)
	}
}

// TestIntrospectionBusy checks that while a server does not respond, no request waits
// longer for its turn than for a response.
func TestIntrospectionBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, err := NewIntrospection("http://[::1]:1/", "", "", Rules{})
		if err != nil {
			t.Fatal(err)
		}
		for range maxRequests {
			i.slots <- struct{}{}
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := i.CheckToken(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pop3.ErrAuth) || time.Since(start) != requestTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestURL(t *testing.T) {
	for address, good := range map[string]bool{
		"https://id.example.org/introspect": true, "https://id.example.org:8443/": true, "http://127.0.0.1:8080/i": true, "http://[::1]/": true,
		"http://localhost/x": true, "http://id.example.org/": false, "http://127.0.0.1.example.org/": false, "ftp://localhost/": false,
		"https://user:secret@id.example.org/": false, "id.example.org": false, "": false, "https://": false, "https://%zz/": false,
	} {
		if err := checkURL(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	keys := []jose.JSONWebKey{{Key: crypto.PublicKey(public)}}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, nil)
	if err != nil {
		f.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(good(nil)).Serialize()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	path := filepath.Join(f.TempDir(), "keys")
	j := &JWKS{rules: rules(), keys: keyFile{path: path, keys: keys, log: slog.New(slog.DiscardHandler)}}
	f.Fuzz(func(t *testing.T, text string) {
		// Only this token, or another encoding of it, is accepted.
		if login, err := j.CheckToken(t.Context(), text); err == nil && login != "tim@example.org" {
			t.Errorf("%q: %q", text, login)
		}
	})
}

func FuzzClaims(f *testing.F) {
	text, err := json.Marshal(good(nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"exp":1e300}`))
	f.Add([]byte(`{"scope":["a"],"aud":[]}`))
	f.Fuzz(func(t *testing.T, claims []byte) {
		r := rules()
		if login, err := r.login(claims, true); (err == nil) != (login != "") {
			t.Errorf("%q: %q, %v", claims, login, err)
		}
	})
}
