package sasl

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

func TestPlain(t *testing.T) {
	domain := open()
	domain.Qualify = func(login string) string {
		if strings.Contains(login, "@") {
			return login
		}
		return login + "@example.org"
	}
	long := strings.Repeat("x", 10_000)
	tests := []struct {
		name      string
		channel   *pop3.Channel
		responses []string
		account   string
		want      error
	}{
		{"RFC 4616 §4", open(), []string{"\x00tim\x00tanstaaftanstaaf"}, "tim", nil},
		{"after an empty challenge", open(), []string{"-", "\x00tim\x00tanstaaftanstaaf"}, "tim", nil},
		{"as the user", open(), []string{"tim\x00tim\x00tanstaaftanstaaf"}, "tim", nil},
		{"as another, RFC 4616 §4", open(), []string{"Ursel\x00tim\x00tanstaaftanstaaf"}, "", pop3.ErrAuth},
		{"as another with a domain", domain, []string{"ursel\x00tim\x00tanstaaf"}, "", pop3.ErrAuth},
		{"a domain is appended", domain, []string{"tim\x00tim\x00tanstaaf"}, "tim@example.org", nil},
		{"as the user, with the domain", domain, []string{"tim@example.org\x00tim\x00tanstaaf"}, "tim@example.org", nil},
		{"a wrong password", open(), []string{"\x00tim\x00tanstaaf"}, "", pop3.ErrAuth},
		{"an unknown user", open(), []string{"\x00nobody\x00tanstaaf"}, "", pop3.ErrAuth},
		{"no name", open(), []string{"\x00\x00x"}, "", pop3.ErrAuth},
		{"no password", open(), []string{"\x00tim\x00"}, "", pop3.ErrAuth},
		{"a long password", open(), []string{"\x00tim\x00" + long}, "", pop3.ErrAuth},
		{"empty", open(), []string{""}, "", pop3.ErrSASL},
		{"empty after a challenge", open(), []string{"-", ""}, "", pop3.ErrSASL},
		{"a part too few", open(), []string{"tim\x00tanstaaf"}, "", pop3.ErrSASL},
		{"a part too many", open(), []string{"\x00tim\x00tanstaaf\x00"}, "", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end := exchange(t, everybody(), "PLAIN", tt.channel, tt.responses...)
			if end.account != tt.account || !errors.Is(end.err, tt.want) || tt.want == nil && end.err != nil {
				t.Errorf("%+v", end)
			}
		})
	}
}

// TestPlainBytes logs in with a password that SASLprep would change or reject.
func TestPlainBytes(t *testing.T) {
	users := everybody()
	for _, password := range []string{"IX\u00ad \u2168", "\xff\xfe", "a\tb", " x "} {
		users.Passwords.(*memory).passwords["user"] = password
		if end := exchange(t, users, "PLAIN", open(), "\x00user\x00"+password); end.account != "user" {
			t.Errorf("%q: %+v", password, end)
		}
		if end := exchange(t, users, "LOGIN", open(), "-", "user", password); end.account != "user" || end.password != password {
			t.Errorf("%q: %+v", password, end)
		}
	}
}

func TestLogin(t *testing.T) {
	asks := []string{"Username:", "Password:", ""}
	tests := []struct {
		name       string
		responses  []string
		account    string
		challenges []string
		want       error
	}{
		{"asked for both", []string{"-", "user", "pencil"}, "user", asks, nil},
		{"the name at once", []string{"user", "pencil"}, "user", asks[1:], nil},
		{"an empty initial response", []string{"", "pencil"}, "", asks[1:], pop3.ErrAuth},
		{"a wrong password", []string{"-", "user", "pen"}, "", asks, pop3.ErrAuth},
		{"no name", []string{"-", "", "pencil"}, "", asks, pop3.ErrAuth},
		{"no password", []string{"-", "user", ""}, "", asks, pop3.ErrAuth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end := exchange(t, everybody(), "LOGIN", open(), tt.responses...)
			if end.account != tt.account || !errors.Is(end.err, tt.want) || !slices.Equal(end.challenges, tt.challenges) {
				t.Errorf("%+v", end)
			}
		})
	}
}

// cramResponse returns the response to a challenge (RFC 2195 §2).
func cramResponse(name, password, challenge string) string {
	m := hmac.New(md5.New, []byte(password))
	m.Write([]byte(challenge))
	return name + " " + hex.EncodeToString(m.Sum(nil))
}

func TestCRAM(t *testing.T) {
	users := everybody()
	// The example of RFC 2195 §2.
	const challenge = "<1896.697170952@postoffice.reston.mci.net>"
	if got := cramResponse("tim", "tanstaaftanstaaf", challenge); got != "tim b913a602c7eda7a495b4e6e7334d3890" {
		t.Fatalf("the test's own response is %s", got)
	}
	tests := []struct {
		name, user, password, account string
		want                          error
	}{
		{"right", "tim", "tanstaaftanstaaf", "tim", nil},
		{"a name with spaces", "a b,=c", "pencil", "a b,=c", nil},
		{"wrong", "tim", "pencil", "", pop3.ErrAuth},
		{"an unknown user", "nobody", "", "", pop3.ErrAuth},
		{"no name", "", "pencil", "", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := find(t, users, "CRAM-MD5").New(open())
			first, err := e.Next(t.Context(), nil)
			if err != nil || !regexp.MustCompile(`^<\d+\.\d+\.[a-z0-9]{26}@postoffice\.reston\.mci\.net>$`).Match(first.Challenge) {
				t.Fatalf("challenge %q, %v", first.Challenge, err)
			}
			step, err := e.Next(t.Context(), []byte(cramResponse(tt.user, tt.password, string(first.Challenge))))
			if (step.Account == nil) != (tt.account == "") || !errors.Is(err, tt.want) {
				t.Errorf("%+v, %v", step, err)
			}
		})
	}
	for _, response := range []string{"", " ", "tim", "tim ", "tim 00", "tim x913a602c7eda7a495b4e6e7334d3890", "b913a602c7eda7a495b4e6e7334d3890"} {
		if end := exchange(t, users, "CRAM-MD5", open(), "-", response); !errors.Is(end.err, pop3.ErrSASL) {
			t.Errorf("response %q: %+v", response, end)
		}
	}
	if end := exchange(t, users, "CRAM-MD5", open(), "tim"); !errors.Is(end.err, pop3.ErrSASL) {
		t.Errorf("an initial response: %+v", end)
	}
	again := exchange(t, users, "CRAM-MD5", open(), "-").challenges[0]
	if other := exchange(t, users, "CRAM-MD5", open(), "-").challenges[0]; other == again {
		t.Errorf("the challenge %s came twice", again)
	}
}

func TestExternal(t *testing.T) {
	named := func(common string, mails ...string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: common}, EmailAddresses: mails}
	}
	tests := []struct {
		name        string
		certificate *x509.Certificate
		responses   []string
		account     string
		want        error
	}{
		{"by its common name", named("user"), []string{""}, "user", nil},
		{"after a challenge", named("user"), []string{"-", ""}, "user", nil},
		{"as the user", named("user"), []string{"user"}, "user", nil},
		{"as another user", named("user"), []string{"tim"}, "", pop3.ErrAuth},
		{"by its address", named("Tim", "tim@example.org"), []string{""}, "tim@example.org", nil},
		{"an unknown user", named("nobody"), []string{""}, "", pop3.ErrAuth},
		{"a NUL", named("user"), []string{"user\x00"}, "", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open()
			c.Client = tt.certificate
			if m := find(t, everybody(), "EXTERNAL"); !m.Usable(c) || m.Clear {
				t.Error("not usable")
			}
			end := exchange(t, everybody(), "EXTERNAL", c, tt.responses...)
			if end.account != tt.account || !errors.Is(end.err, tt.want) {
				t.Errorf("%+v", end)
			}
		})
	}
	several := named("user")
	several.Subject.Names = []pkix.AttributeTypeAndValue{{Type: commonName, Value: "tim"}, {Type: commonName, Value: "user"}}
	for _, certificate := range []*x509.Certificate{nil, named(""), named("user", "a@example.org", "b@example.org"), several} {
		c := open()
		c.Client = certificate
		if find(t, everybody(), "EXTERNAL").Usable(c) {
			t.Errorf("usable with %v", certificate)
		}
	}
}

func TestUsable(t *testing.T) {
	usable := func(users Users) string {
		var names []string
		for _, m := range Mechanisms(users) {
			if m.Usable(open()) {
				names = append(names, m.Name)
			}
		}
		return strings.Join(names, " ")
	}
	some := everybody()
	some.ForSecrets = func() bool { return false }
	some.ForSCRAM = func(h scram.Hash) bool { return h == scram.SHA256 }
	tests := []struct {
		name  string
		users Users
		want  string
	}{
		{"nothing", Users{}, ""},
		{"everything, in clear", everybody(), "PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER SCRAM-SHA-256 SCRAM-SHA-1"},
		{"not for all", some, "PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256"},
		{"hashes", Users{Passwords: &memory{}, Accounts: &memory{}}, "PLAIN LOGIN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := usable(tt.users); got != tt.want {
				t.Errorf("%s", got)
			}
		})
	}
	named := Named(Mechanisms(everybody()), []string{"LOGIN", "PLAIN"})
	if len(named) != 2 || named[0].Name != "PLAIN" {
		t.Errorf("named: %v", named)
	}
	// Some clients read only 64 octets of a line, which must contain the mechanisms they
	// support.
	if line := "SASL " + strings.Join(Names(), " "); strings.Index(line, "OAUTHBEARER") > 64-len("OAUTHBEARER") {
		t.Error(line)
	}
}

// TestOtherClients logs in with the clients of another implementation.
func TestOtherClients(t *testing.T) {
	const token = "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="
	tests := []struct {
		name   string
		client gosasl.Client
	}{
		{"user", gosasl.NewPlainClient("", "user", "pencil")},
		{"user", gosasl.NewLoginClient("user", "pencil")},
		{"user@example.com", gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{
			Username: "user@example.com", Token: token, Host: "server.example.com", Port: 110,
		})},
		{"user@example.com", gosasl.NewOAuthBearerClient(&gosasl.OAuthBearerOptions{Token: token})},
	}
	for _, tt := range tests {
		mechanism, response, err := tt.client.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Run(mechanism, func(t *testing.T) {
			e := find(t, everybody(), mechanism).New(open())
			step, err := e.Next(t.Context(), response)
			for err == nil && step.Account == nil && step.Refused == nil {
				if response, err = tt.client.Next(step.Challenge); err == nil {
					step, err = e.Next(t.Context(), response)
				}
			}
			if err != nil || step.Account == nil || step.Account.Name != tt.name {
				t.Errorf("%+v, %v", step, err)
			}
		})
	}
}

// TestTrouble checks that an error of the database does not count as a wrong password.
func TestTrouble(t *testing.T) {
	broken := errors.New("the database is down")
	users := everybody()
	users.Passwords.(*memory).broken = broken
	c := open()
	c.Client = &x509.Certificate{Subject: pkix.Name{CommonName: "user"}}
	tests := map[string][]string{
		"PLAIN": {"\x00user\x00pencil"}, "LOGIN": {"user", "pencil"}, "EXTERNAL": {""},
		"CRAM-MD5": {"-", cramResponse("user", "pencil", "")}, "SCRAM-SHA-256": {"n,,n=user,r=abc"},
		"XOAUTH2": {"user=tim\x01auth=Bearer tims\x01\x01"}, "OAUTHBEARER": {"n,,\x01auth=Bearer tims\x01\x01"},
	}
	for name, responses := range tests {
		if end := exchange(t, users, name, c, responses...); !errors.Is(end.err, broken) || end.account != "" {
			t.Errorf("%s: %+v", name, end)
		}
	}
}
