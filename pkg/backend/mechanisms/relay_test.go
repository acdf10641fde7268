package mechanisms

import (
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/dovecot"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// dovecotHas is a relay to a Dovecot with some mechanisms.
type dovecotHas struct{ list []string }

func (d dovecotHas) Relays(mechanism string) bool { return slices.Contains(d.list, mechanism) }

func (d dovecotHas) NewExchange(string, *pop3.Client) pop3.ClosingExchange { return nil }

// TestOfferedRelay checks that what Dovecot has is offered, as far as it can be relayed.
func TestOfferedRelay(t *testing.T) {
	all := "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS XOAUTH2 OAUTHBEARER EXTERNAL APOP DIGEST-MD5 GSSAPI"
	for _, tt := range []struct{ name, has, params, want, err string }{
		{"all", all, "", "PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER SCRAM-SHA-256 SCRAM-SHA-1", ""},
		{"plain", "PLAIN", "", "PLAIN LOGIN", ""},
		{"no plain", "CRAM-MD5", "", "CRAM-MD5", ""},
		{"domain", all, "--domain=example.org", "PLAIN LOGIN", ""},
		{"named", all, "--sasl-mechanisms=SCRAM-SHA-256,XOAUTH2", "XOAUTH2 SCRAM-SHA-256", ""},
		{"none", all, "--sasl-mechanisms=none", "", ""},
		{"certificate", all, "--sasl-mechanisms=EXTERNAL", "", "EXTERNAL cannot work with auth-type = dovecot"},
		{"binding", all, "--sasl-mechanisms=SCRAM-SHA-256-PLUS", "", "cannot work with auth-type = dovecot"},
		{"named, and domain", all, "--sasl-mechanisms=CRAM-MD5 --domain=example.org", "", "set auth_default_realm in Dovecot"},
		{"tokens", all, "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/", "", "has no effect with auth-type = dovecot"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, append([]string{"--auth-type=dovecot"}, strings.Fields(tt.params)...)...)
			if err != nil {
				t.Fatal(err)
			}
			users := auth.NewSequence(password.NewVerifier(), dovecot.New(dovecot.Options{}))
			mechanisms, err := Offered(c, Users{Passwords: users, Databases: users, Relay: dovecotHas{strings.Fields(tt.has)}})
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("%v, want %s", err, tt.err)
			}
			var names []string
			for _, m := range mechanisms {
				if m.Usable(&pop3.Channel{}) {
					names = append(names, m.Name)
				}
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
