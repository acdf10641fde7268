package config

import "strings"

func (c *Config) sasl() []Param {
	any := only("oauth-tokens", "jwks", "introspection")
	jwks, introspection := only("oauth-tokens", "jwks"), only("oauth-tokens", "introspection")
	return []Param{
		{Name: "sasl-mechanisms", Default: "auto", Optional: true, value: mechanisms(&c.SASL.Mechanisms),
			Help: "Mechanisms of AUTH to offer, separated by commas: " + strings.Join(saslNames, ", ") + "; none is no AUTH. A mechanism is offered where it can work: with TLS or without, with a certificate of the client or without, with passwords as they are stored. By default it is also left out while it would not work for all users; one that is named here is offered if it works for some."},
		{Name: "oauth-tokens", Default: none, Restart: true, value: choice(&c.OAuth.Tokens, none, "jwks", "introspection"),
			Help: "How the tokens of OAUTHBEARER and XOAUTH2 are checked: not at all, which leaves both out; as JSON Web Tokens, with the public keys in oauth-jwks-file; or by asking oauth-introspection-url."},
		{Name: "oauth-jwks-file", Default: none, Optional: true, Required: true, Restart: true, Only: jwks, value: path(&c.OAuth.JWKSFile),
			Help: "File of public keys, a JSON Web Key Set. It is read again when it changes."},
		{Name: "oauth-issuer", Default: none, Optional: true, Required: true, Only: jwks, value: text(&c.OAuth.Issuer, checkLine),
			Help: "Who must have issued a token: its claim iss."},
		{Name: "oauth-introspection-url", Default: none, Optional: true, Required: true, Restart: true, Only: introspection, value: text(&c.OAuth.IntrospectionURL, checkLine),
			Help: "URL at which the server that issues tokens says whether one is good (RFC 7662), with https unless it is on the same machine."},
		{Name: "oauth-client-id", Default: none, Optional: true, Only: introspection, value: text(&c.OAuth.ClientID, checkLine),
			Help: "Name with which TPOPS shows itself to that server."},
		{Name: "oauth-client-secret", Optional: true, Only: whenSet("oauth-client-id"), value: secret(&c.OAuth.ClientSecret),
			Help: "Its secret there. Other users of the machine can read the command line, so give it in a file."},
		{Name: "oauth-audience", Default: none, Optional: true, Only: any, value: text(&c.OAuth.Audience, checkLine),
			Help: "For whom a token must have been issued: one of its claim aud. With jwks it must be set: otherwise tokens for other services would be good here."},
		{Name: "oauth-scope", Default: none, Optional: true, Only: any, value: text(&c.OAuth.Scope, checkWord),
			Help: "Scope that a token must have among others. Clients are told it when theirs is refused."},
		{Name: "oauth-login-claim", Default: "email", Only: any, value: text(&c.OAuth.LoginClaim, checkWord),
			Help: "Claim of a token that holds the login name."},
		{Name: "identity-names", Default: "ascii", value: choice(&c.SASL.IdentityNames, "ascii", "any"),
			Help: "Names that EXTERNAL, OAUTHBEARER and XOAUTH2 accept in certificates and tokens. ascii: printable ASCII without spaces; any: all but control characters. The user's row must always contain exactly that name; only the case of ASCII letters may differ."},
	}
}
