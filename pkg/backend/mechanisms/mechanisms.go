// Package mechanisms decides which mechanisms of SASL sessions offer: those that can
// work with the configuration and its users.
package mechanisms

import (
	"errors"
	"fmt"
	"slices"

	"tpops/pkg/auth"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sasl"
	"tpops/pkg/scram"
)

// Users are the users who log in.
type Users struct {
	Passwords pop3.Authenticator // compares passwords
	Databases *auth.Sequence     // nil for a proxy, which passes passwords on
	Tokens    sasl.TokenChecker  // nil if tokens are not accepted
	Relay     sasl.Relay         // takes part in exchanges; nil unless the users are those of Dovecot alone
}

// Offered returns the mechanisms. The error, with the place of the parameter, is that
// a mechanism is named which can never work, or that a parameter has no effect.
func Offered(c *config.Config, users Users) ([]pop3.Mechanism, error) {
	if err := errors.Join(checkTokens(c, users), checkIdentityNames(c), checkNames(c, users)); err != nil {
		return nil, err
	}
	if slices.Equal(c.SASL.Mechanisms, []string{"none"}) {
		return nil, nil
	}
	all := allMechanisms(c, users)
	if len(c.SASL.Mechanisms) == 0 {
		return all, nil
	}
	return sasl.Named(all, c.SASL.Mechanisms), nil
}

// allMechanisms returns those that can work. A mechanism that is relayed signs the name
// that the client sends, to which no domain can be appended.
func allMechanisms(c *config.Config, users Users) []pop3.Mechanism {
	switch {
	case users.Relay == nil:
		return sasl.Mechanisms(forSASL(c, users))
	case c.Protocol.Domain != "":
		return sasl.Relayed(forSASL(c, users), users.Relay, nil)
	}
	return sasl.Relayed(forSASL(c, users), users.Relay, sasl.RelayedNames())
}

// forSASL returns the users as package sasl needs them.
func forSASL(c *config.Config, users Users) sasl.Users {
	all := sasl.Users{
		Passwords: users.Passwords, Tokens: users.Tokens, Hostname: c.Protocol.Hostname,
		Scope: c.OAuth.Scope, AnyNames: c.SASL.IdentityNames == "any",
	}
	databases := users.Databases
	if databases == nil {
		return all
	}
	all.Secrets, all.SCRAM = databases, databases
	all.ForSecrets = func() bool { return databases.SecretReach() >= requiredReach(c, "CRAM-MD5") }
	all.ForSCRAM = func(h scram.Hash) bool { return databases.SCRAMReach(h) >= requiredReach(c, "SCRAM-"+string(h)) }
	if databases.LookupReach() > auth.ForNone {
		all.Accounts = databases
	}
	return all
}

// requiredReach returns for how many users a mechanism must work to be offered. Many
// clients select the strongest one and do not try another when it fails. So the
// operator has to name one that does not work for all.
func requiredReach(c *config.Config, mechanism string) auth.Reach {
	if slices.Contains(c.SASL.Mechanisms, mechanism) || slices.Contains(c.SASL.Mechanisms, mechanism+"-PLUS") {
		return auth.ForSome
	}
	return auth.ForAll
}

// checkNames rejects mechanisms that are named and can never work.
func checkNames(c *config.Config, users Users) error {
	if slices.Equal(c.SASL.Mechanisms, []string{"none"}) {
		return nil
	}
	for _, name := range c.SASL.Mechanisms {
		if o := obstacle(c, name, users); o != "" {
			return c.Problem("sasl-mechanisms", fmt.Errorf("%s cannot work %s", name, o))
		}
	}
	return nil
}

// checkTokens rejects tokens that no mechanism could accept.
func checkTokens(c *config.Config, users Users) error {
	if c.OAuth.Tokens == "none" {
		return nil
	}
	o := obstacle(c, "OAUTHBEARER", users)
	if users.Relay != nil {
		o = "with auth-type = dovecot, which checks tokens itself"
	}
	if len(c.SASL.Mechanisms) > 0 && !slices.ContainsFunc(c.SASL.Mechanisms, takesTokens) {
		o = "without OAUTHBEARER or XOAUTH2 in sasl-mechanisms"
	}
	if o == "" {
		return nil
	}
	return c.Problem("oauth-tokens", fmt.Errorf("%s has no effect %s", c.OAuth.Tokens, o))
}

// checkIdentityNames rejects identity-names if no mechanism has such names.
func checkIdentityNames(c *config.Config) error {
	if c.SASL.IdentityNames != "any" || c.TLS.ClientCA != "" || c.OAuth.Tokens != "none" {
		return nil
	}
	return c.Problem("identity-names", errors.New("any has no effect without tls-client-ca or oauth-tokens"))
}
