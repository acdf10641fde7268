package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config"
	"tpops/pkg/usage"
)

// lockOut reports whether clients could no longer log in as they did.
type lockOut func(*usage.Client) bool

// lockOutRule is a value that --if accepts.
type lockOutRule struct {
	isParameter bool // the configuration is read with this value
	// with returns which clients the configuration locks out.
	with func(*config.Config) (lockOut, error)
}

// findLockOut returns the rule for a value of --if.
func findLockOut(change string) (lockOutRule, error) {
	name, value, _ := strings.Cut(change, "=")
	switch {
	case change == "":
		return lockOutRule{with: func(*config.Config) (lockOut, error) { return nil, nil }}, nil
	case change == "apop=no":
		return lockOutRule{with: func(*config.Config) (lockOut, error) {
			return func(c *usage.Client) bool { return c.Method == methodAPOP }, nil
		}}, nil
	case value == "":
	case name == "tls-min-version":
		return lockOutRule{true, tooOldTLS}, nil
	case name == "plaintext-login":
		return lockOutRule{true, inClear}, nil
	case name == "sasl-mechanisms":
		return lockOutRule{true, otherMechanism}, nil
	}
	return lockOutRule{}, fmt.Errorf("--if must be tls-min-version, plaintext-login or sasl-mechanisms with a value, or apop=no, not %q", change)
}

// The methods that are not mechanisms of AUTH.
const (
	methodUSER = "USER"
	methodAPOP = "APOP"
)

// sendsSecret are the methods that send a password or a token as it is.
var sendsSecret = [...]string{methodUSER, "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"}

// tooOldTLS is for tls-min-version. The version of TLS that ends at a load balancer is not
// ours.
func tooOldTLS(c *config.Config) (lockOut, error) {
	return func(k *usage.Client) bool {
		return strings.HasPrefix(k.TLS, "TLSv") && !k.Offloaded && strings.TrimPrefix(k.TLS, "TLSv") < c.TLS.MinVersion
	}, nil
}

// inClear is for plaintext-login. Addresses are those of the last login.
func inClear(c *config.Config) (lockOut, error) {
	return func(k *usage.Client) bool {
		return k.TLS == "" && slices.Contains(sendsSecret[:], k.Method) && !c.MayLogInClear(k.Server, k.Client, k.Class.Local)
	}, nil
}

// otherMechanism is for sasl-mechanisms.
func otherMechanism(c *config.Config) (lockOut, error) {
	if len(c.SASL.Mechanisms) == 0 {
		return nil, errors.New("--if sasl-mechanisms=auto: name the mechanisms, because auto depends on how passwords are stored")
	}
	return func(k *usage.Client) bool {
		return k.Method != methodUSER && k.Method != methodAPOP && !slices.Contains(c.SASL.Mechanisms, k.Method)
	}, nil
}
