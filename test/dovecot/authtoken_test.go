//go:build integration

package dovecot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// tokenConfig is the configuration of a Dovecot that asks a server about tokens.
const tokenConfig = `
auth_mechanisms = plain xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %[1]s/oauth2
}
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
`

// TestAuthTokens logs in with tokens that Dovecot checks.
func TestAuthTokens(t *testing.T) {
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"active": %t, "username": "ann"}`, r.URL.Query().Get("token") == "good")
	}))
	defer issuer.Close()
	s := NewAuthServer(t, "2.3", tokenConfig)
	s.Write("oauth2", "introspection_url = "+issuer.URL+"/?token=\nintrospection_mode = get\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n")
	s.Write("users", s.Home("ann", "Maildir")+"\n"+strings.Replace(s.Home("ann", "Maildir"), "ann:", "tim:", 1)+"\n")
	s.Start()
	d := fixture.Start(t, s.Params("--maildir-lock=no")...)
	if got := fixture.Capabilities(t, d.Addr); !strings.Contains(got, "SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n") {
		t.Errorf("CAPA\n%s", got)
	}
	bearer := "\x01auth=Bearer %s\x01\x01"
	for _, c := range []struct{ mechanism, response, token, want string }{
		{"XOAUTH2", "user=ann" + bearer, "good", `^\+OK ann has 5 messages`},
		{"OAUTHBEARER", "n,a=ann," + bearer, "good", `^\+OK ann has 5 messages`},
		{"XOAUTH2", "user=ann" + bearer, "bad", `^\+ .`},
		{"OAUTHBEARER", "n,a=ann," + bearer, "bad", `^\+ .`},
		{"XOAUTH2", "user=tim" + bearer, "good", `^(\+ |-ERR)`},
	} {
		client := fixture.Dial(t, d)
		answer := client.Want("AUTH "+c.mechanism+" "+encode(fmt.Sprintf(c.response, c.token)), c.want)
		if strings.HasPrefix(answer, "+ ") {
			client.Want("", `^-ERR \[AUTH\]`)
		}
	}
	logIn(t, d).OK("QUIT")
	if t.Failed() {
		t.Logf("%s\n%s", d.Log(), s.Log())
	}
}
