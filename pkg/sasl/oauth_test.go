package sasl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// exampleToken is the token of RFC 7628 §4.
const exampleToken = "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="

func TestOAuthBearer(t *testing.T) {
	tests := []struct {
		name, response, account string
		want                    error
	}{
		{"RFC 7628 §4.1", "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer " + exampleToken + "\x01\x01", "user@example.com", nil},
		{"no name", "n,,\x01auth=Bearer " + exampleToken + "\x01\x01", "user@example.com", nil},
		{"RFC 7628 §4.3: the scheme in mixed case", "n,,\x01auth=bEaReR " + exampleToken + "\x01\x01", "user@example.com", nil},
		{"a client with channel binding", "y,,\x01auth=Bearer tims\x01\x01", "tim", nil},
		{"unknown keys", "n,,\x01mthd=GET\x01x=\x01auth=Bearer tims\x01\x01", "tim", nil},
		{"the token of another user", "n,a=user,\x01auth=Bearer tims\x01\x01", "", pop3.ErrAuth},
		{"an unknown token", "n,a=tim,\x01auth=Bearer none\x01\x01", "", pop3.ErrAuth},
		{"a token of an unknown user", "n,,\x01auth=Bearer nobodys\x01\x01", "", pop3.ErrAuth},
		{"the server is down", "n,,\x01auth=Bearer down\x01\x01", "", errTokens},
		{"binding", "p=tls-exporter,,\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"RFC 7628 §3.1: kvsep alone", "\x01", "", pop3.ErrSASL},
		{"empty", "", "", pop3.ErrSASL},
		{"no header", "\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"no end", "n,,\x01auth=Bearer tims\x01", "", pop3.ErrSASL},
		{"no token", "n,,\x01auth=Bearer \x01\x01", "", pop3.ErrSASL},
		{"no auth", "n,,\x01host=x\x01\x01", "", pop3.ErrSASL},
		{"auth twice", "n,,\x01auth=Bearer tims\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"another scheme", "n,,\x01auth=Basic tims\x01\x01", "", pop3.ErrSASL},
		{"a pair without =", "n,,\x01auth\x01\x01", "", pop3.ErrSASL},
		{"spaces in the token", "n,,\x01auth=Bearer ti ms\x01\x01", "", pop3.ErrSASL},
		{"an empty name", "n,a=,\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"a name with a wrong escape", "n,a=t=im,\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"something in place of the name", "n,tim,\x01auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end := exchange(t, everybody(), "OAUTHBEARER", open(), "-", tt.response)
			if end.account != tt.account || !errors.Is(end.err, tt.want) || tt.want == nil && end.err != nil {
				t.Errorf("%+v", end)
			}
			checkRefusal(t, end, "invalid_token")
		})
	}
}

// checkRefusal checks the reply to a client whose token is rejected (RFC 7628 §3.2.2).
func checkRefusal(t *testing.T, end outcome, status string) {
	t.Helper()
	response := map[string]string{}
	last := end.challenges[len(end.challenges)-1]
	if !errors.Is(end.err, pop3.ErrAuth) {
		if last != "" {
			t.Errorf("challenge %q", last)
		}
		return
	}
	if err := json.Unmarshal([]byte(last), &response); err != nil || response["status"] != status || response["scope"] != "mail" {
		t.Errorf("challenge %q, %v", last, err)
	}
}

func TestXOAuth2(t *testing.T) {
	tests := []struct {
		name, response, account string
		want                    error
	}{
		{"right", "user=tim\x01auth=Bearer tims\x01\x01", "tim", nil},
		{"the token of another user", "user=user\x01auth=Bearer tims\x01\x01", "", pop3.ErrAuth},
		{"an unknown token", "user=tim\x01auth=Bearer none\x01\x01", "", pop3.ErrAuth},
		{"the server is down", "user=tim\x01auth=Bearer down\x01\x01", "", errTokens},
		{"no name", "auth=Bearer tims\x01\x01", "", pop3.ErrSASL},
		{"no end", "user=tim\x01auth=Bearer tims", "", pop3.ErrSASL},
		{"empty", "", "", pop3.ErrSASL},
		{"ends alone", "\x01\x01", "", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end := exchange(t, everybody(), "XOAUTH2", open(), tt.response)
			if end.account != tt.account || !errors.Is(end.err, tt.want) || tt.want == nil && end.err != nil {
				t.Errorf("%+v", end)
			}
			checkRefusal(t, end, "401")
		})
	}
}

func FuzzBearer(f *testing.F) {
	f.Add("n,a=user@example.com,\x01host=h\x01port=143\x01auth=Bearer x\x01\x01")
	f.Add("user=tim\x01auth=Bearer tims\x01\x01")
	f.Add("\x01\x01")
	f.Fuzz(func(t *testing.T, response string) {
		for _, parse := range []func([]byte) (string, string, error){parseOAuthBearer, parseXOAuth2} {
			login, token, err := parse([]byte(response))
			if err == nil && (token == "" || !strings.Contains(response, token)) {
				t.Errorf("%q: token %q, login %q", response, token, login)
			}
		}
	})
}
