package mechanisms

import (
	"slices"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/sasl"
	"tpops/pkg/scram"
)

// obstacles are the reasons why a mechanism can never work, the most general first.
// Users are nil for a proxy.
var obstacles = [...]struct {
	text   string // after "cannot work"
	exists func(c *config.Config, name string, users *auth.Sequence) bool
}{
	{"with mailbox-type = proxy, which passes the password on", func(_ *config.Config, name string, users *auth.Sequence) bool {
		return users == nil && name != "PLAIN" && name != "LOGIN"
	}},
	{"without tls-client-ca", func(c *config.Config, name string, _ *auth.Sequence) bool {
		return name == "EXTERNAL" && c.TLS.ClientCA == ""
	}},
	{"with oauth-tokens = none", func(c *config.Config, name string, _ *auth.Sequence) bool {
		return takesTokens(name) && c.OAuth.Tokens == "none"
	}},
	{"with auth-type = pam or dovecot, which has no login without a password", func(_ *config.Config, name string, users *auth.Sequence) bool {
		return (name == "EXTERNAL" || takesTokens(name)) && users.LookupReach() == auth.ForNone
	}},
	{"with passwords as they are stored", func(c *config.Config, name string, users *auth.Sequence) bool {
		return !canStore(c, name, users)
	}},
	{"without tls-cert", func(c *config.Config, name string, _ *auth.Sequence) bool {
		return strings.HasSuffix(name, "-PLUS") && len(c.TLS.Cert) == 0
	}},
}

// obstacle returns why a mechanism can never work, "" if it can.
func obstacle(c *config.Config, name string, users Users) string {
	if users.Relay != nil {
		return relayObstacle(c, name)
	}
	for _, o := range obstacles {
		if o.exists(c, name, users.Databases) {
			return o.text
		}
	}
	return ""
}

// relayObstacle returns why a mechanism can never work with a relay, "" if it can.
func relayObstacle(c *config.Config, name string) string {
	switch {
	case name == "PLAIN" || name == "LOGIN":
		return ""
	case !slices.Contains(sasl.RelayedNames(), name):
		return "with auth-type = dovecot"
	case c.Protocol.Domain != "":
		return "with auth-type = dovecot and domain (set auth_default_realm in Dovecot instead)"
	}
	return ""
}

func takesTokens(mechanism string) bool { return mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" }

// canStore reports whether the passwords of some users may be stored as a mechanism
// needs them. The rows of a passwd-file may change while the daemon runs.
func canStore(c *config.Config, name string, users *auth.Sequence) bool {
	reach := auth.ForAll
	switch {
	case slices.Contains(c.Users.AuthType, "passwd-file"):
	case name == "CRAM-MD5":
		reach = users.SecretReach()
	case strings.HasPrefix(name, "SCRAM-"):
		reach = users.SCRAMReach(scram.SHA256)
	}
	return reach > auth.ForNone
}
