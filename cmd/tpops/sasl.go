package main

import (
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

// secretUsers is a user database that may know passwords in the clear, or keys
// made from them.
type secretUsers interface {
	sasl.SecretUsers
	sasl.SCRAMUsers
	SecretReach() auth.Reach
	SCRAMReach(scram.Hash) auth.Reach
}

// setMechanisms gives b the mechanisms of SASL that can work with its users.
// secrets is nil if there is nothing in the clear.
func (p *program) setMechanisms(b *pop3.Backend, c *config.Config, accounts sasl.AccountUsers, secrets secretUsers) error {
	if slices.Equal(c.SASLMechanisms, []string{"none"}) {
		return nil
	}
	users := sasl.Users{Passwords: b.Authenticator, Accounts: accounts, Hostname: c.Hostname, Scope: c.OAuthScope}
	if secrets != nil {
		users.Secrets, users.SCRAM = secrets, secrets
		users.ForSecrets = func() bool { return secrets.SecretReach() >= least(c, "CRAM-MD5") }
		users.ForSCRAM = func(h scram.Hash) bool { return secrets.SCRAMReach(h) >= least(c, "SCRAM-"+string(h)) }
	}
	var err error
	if users.Tokens, err = tokenChecker(c); err != nil {
		return err
	}
	b.Mechanisms = sasl.Mechanisms(users)
	if len(c.SASLMechanisms) == 0 {
		return nil
	}
	if err := checkMechanisms(c, secrets); err != nil {
		return err
	}
	b.Mechanisms = sasl.Named(b.Mechanisms, c.SASLMechanisms)
	return nil
}

// least returns for how many users a mechanism must work to be offered. Many
// clients take the strongest one and do not try another when it fails, so that
// somebody has to want one that does not work for all.
func least(c *config.Config, mechanism string) auth.Reach {
	if slices.Contains(c.SASLMechanisms, mechanism) || slices.Contains(c.SASLMechanisms, mechanism+"-PLUS") {
		return auth.ForSome
	}
	return auth.ForAll
}

// checkMechanisms refuses mechanisms that were named and can never work.
func checkMechanisms(c *config.Config, secrets secretUsers) error {
	for _, name := range c.SASLMechanisms {
		if lacks := lacking(c, name, secrets); lacks != "" {
			return c.Problem("sasl-mechanisms", fmt.Errorf("%s cannot work %s", name, lacks))
		}
	}
	return nil
}

// lacking returns what a mechanism can never work without, "" if it has all.
func lacking(c *config.Config, name string, secrets secretUsers) string {
	stored := secrets != nil
	// The rows of a passwd-file may change while the daemon runs.
	if users, ok := secrets.(*auth.MySQL); ok {
		stored = users.SCRAMReach(scram.SHA256) > auth.ForNobody
		if name == "CRAM-MD5" {
			stored = users.SecretReach() > auth.ForNobody
		}
	}
	isSCRAM := strings.HasPrefix(name, "SCRAM-")
	switch {
	case name == "EXTERNAL" && c.TLSClientCA == "":
		return "without tls-client-ca"
	case strings.HasSuffix(name, "OAUTH2"), name == "OAUTHBEARER":
		if c.OAuthTokens == "none" {
			return "with oauth-tokens = none"
		}
	case (isSCRAM || name == "CRAM-MD5") && !stored:
		return "with passwords as they are stored"
	case strings.HasSuffix(name, "-PLUS") && len(c.TLSCert) == 0:
		return "without tls-cert"
	}
	return ""
}

// tokenChecker returns what checks tokens, nil if they are not taken.
func tokenChecker(c *config.Config) (sasl.TokenChecker, error) {
	rules := oauth.Rules{
		Issuer: c.OAuthIssuer, Audience: c.OAuthAudience, Scope: c.OAuthScope, LoginClaim: c.OAuthLoginClaim,
	}
	switch c.OAuthTokens {
	case "jwks":
		if c.OAuthAudience == "" {
			return nil, c.Problem("oauth-tokens", fmt.Errorf("jwks needs oauth-audience"))
		}
		keys, err := oauth.OpenJWKS(c.OAuthJWKSFile, rules)
		if err != nil {
			return nil, c.Problem("oauth-jwks-file", err)
		}
		return keys, nil
	case "introspection":
		server, err := oauth.NewIntrospection(c.OAuthIntrospectionURL, c.OAuthClientID, string(c.OAuthClientSecret), rules)
		if err != nil {
			return nil, c.Problem("oauth-introspection-url", err)
		}
		return server, nil
	}
	return nil, nil
}
