package mechanisms

import (
	"errors"
	"log/slog"

	"tpops/pkg/config"
	"tpops/pkg/oauth"
	"tpops/pkg/sasl"
)

// OpenTokens returns the checker of OAuth tokens that the parameters select, nil if
// tokens are not accepted. The error, with the place of the parameter, is that of the
// file of keys or the address of the server.
//
// A process that is one of many serves only a part of the connections, and no operator
// sees it start. There an unreadable file of keys is no error: it may be incomplete
// only now, while it is written, and users with a password must be able to log in.
func OpenTokens(c *config.Config, oneOfMany bool, log *slog.Logger) (sasl.TokenChecker, error) {
	rules := oauth.Rules{
		Issuer: c.OAuth.Issuer, Audience: c.OAuth.Audience, Scope: c.OAuth.Scope, LoginClaim: c.OAuth.LoginClaim,
	}
	switch c.OAuth.Tokens {
	case "jwks":
		if c.OAuth.Audience == "" {
			return nil, c.Problem("oauth-tokens", errors.New("jwks needs oauth-audience"))
		}
		keys, err := oauth.OpenJWKS(c.OAuth.JWKSFile, rules, log)
		if err == nil || oneOfMany {
			return keys, nil
		}
		return nil, c.Problem("oauth-jwks-file", err)
	case "introspection":
		server, err := oauth.NewIntrospection(c.OAuth.IntrospectionURL, c.OAuth.ClientID, string(c.OAuth.ClientSecret), rules)
		if err != nil {
			return nil, c.Problem("oauth-introspection-url", err)
		}
		return server, nil
	}
	return nil, nil
}
