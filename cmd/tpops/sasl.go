package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/oauth"
	"tpops/pkg/pop3"
	"tpops/pkg/sasl"
	"tpops/pkg/scram"
)

// setMechanisms gives b the mechanisms of SASL that can work with its users: a
// nil users knows nothing but what its authenticator says of passwords.
func (p *program) setMechanisms(b *pop3.Backend, c *config.Config, users *auth.Sequence) error {
	if err := errors.Join(checkTokens(c, users), checkIdentityNames(c)); err != nil {
		return err
	}
	if slices.Equal(c.SASL.Mechanisms, []string{"none"}) {
		return nil
	}
	has := sasl.Users{Passwords: b.Authenticator, Hostname: c.Protocol.Hostname, Scope: c.OAuth.Scope, AnyNames: c.SASL.IdentityNames == "any"}
	if users != nil {
		has.Secrets, has.SCRAM = users, users
		has.ForSecrets = func() bool { return users.SecretReach() >= least(c, "CRAM-MD5") }
		has.ForSCRAM = func(h scram.Hash) bool { return users.SCRAMReach(h) >= least(c, "SCRAM-"+string(h)) }
		if users.LookupReach() > auth.ForNone {
			has.Accounts = users
		}
	}
	var err error
	if has.Tokens, err = p.tokenChecker(c); err != nil {
		return err
	}
	b.Mechanisms = sasl.Mechanisms(has)
	if len(c.SASL.Mechanisms) == 0 {
		return nil
	}
	if err := checkMechanisms(c, users); err != nil {
		return err
	}
	b.Mechanisms = sasl.Named(b.Mechanisms, c.SASL.Mechanisms)
	return nil
}

// least returns for how many users a mechanism must work to be offered. Many
// clients take the strongest one and do not try another when it fails, so that
// somebody has to want one that does not work for all.
func least(c *config.Config, mechanism string) auth.Reach {
	if slices.Contains(c.SASL.Mechanisms, mechanism) || slices.Contains(c.SASL.Mechanisms, mechanism+"-PLUS") {
		return auth.ForSome
	}
	return auth.ForAll
}

// checkMechanisms refuses mechanisms that were named and can never work.
func checkMechanisms(c *config.Config, users *auth.Sequence) error {
	for _, name := range c.SASL.Mechanisms {
		if lacks := lacking(c, name, users); lacks != "" {
			return c.Problem("sasl-mechanisms", fmt.Errorf("%s cannot work %s", name, lacks))
		}
	}
	return nil
}

// lacking returns what a mechanism can never work without, "" if it has all.
func lacking(c *config.Config, name string, users *auth.Sequence) string {
	switch {
	case users == nil && name != "PLAIN" && name != "LOGIN":
		return "with mailbox-type = proxy, which passes the password on"
	case name == "EXTERNAL" && c.TLS.ClientCA == "":
		return "without tls-client-ca"
	case takesTokens(name) && c.OAuth.Tokens == "none":
		return "with oauth-tokens = none"
	case (name == "EXTERNAL" || takesTokens(name)) && users.LookupReach() == auth.ForNone:
		return "with auth-type = pam, which has no login without a password"
	case !canStore(c, name, users):
		return "with passwords as they are stored"
	case strings.HasSuffix(name, "-PLUS") && len(c.TLS.Cert) == 0:
		return "without tls-cert"
	}
	return ""
}

// checkTokens refuses tokens that no mechanism could take.
func checkTokens(c *config.Config, users *auth.Sequence) error {
	if c.OAuth.Tokens == "none" {
		return nil
	}
	lacks := lacking(c, "OAUTHBEARER", users)
	if len(c.SASL.Mechanisms) > 0 && !slices.ContainsFunc(c.SASL.Mechanisms, takesTokens) {
		lacks = "without OAUTHBEARER or XOAUTH2 in sasl-mechanisms"
	}
	if lacks == "" {
		return nil
	}
	return c.Problem("oauth-tokens", fmt.Errorf("%s has no effect %s", c.OAuth.Tokens, lacks))
}

// checkIdentityNames refuses identity-names where no mechanism has such names.
func checkIdentityNames(c *config.Config) error {
	if c.SASL.IdentityNames != "any" || c.TLS.ClientCA != "" || c.OAuth.Tokens != "none" {
		return nil
	}
	return c.Problem("identity-names", errors.New("any has no effect without tls-client-ca or oauth-tokens"))
}

func takesTokens(mechanism string) bool { return mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" }

// canStore reports whether the passwords of some user may be stored as a
// mechanism needs it. The rows of a passwd-file may change while the daemon
// runs.
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

// isOneOfMany reports whether this process is only for a part of the connections.
// Nobody looks at its start, and a file of keys that somebody is just writing
// must not keep those out who log in by a password.
func (p *program) isOneOfMany() bool {
	return p.single || p.child != nil && !p.child.Probe
}

// tokenChecker returns what checks tokens, nil if they are not taken.
func (p *program) tokenChecker(c *config.Config) (sasl.TokenChecker, error) {
	rules := oauth.Rules{
		Issuer: c.OAuth.Issuer, Audience: c.OAuth.Audience, Scope: c.OAuth.Scope, LoginClaim: c.OAuth.LoginClaim,
	}
	switch c.OAuth.Tokens {
	case "jwks":
		if c.OAuth.Audience == "" {
			return nil, c.Problem("oauth-tokens", fmt.Errorf("jwks needs oauth-audience"))
		}
		keys, err := oauth.OpenJWKS(c.OAuth.JWKSFile, rules, p.logger)
		if err == nil || p.isOneOfMany() {
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
