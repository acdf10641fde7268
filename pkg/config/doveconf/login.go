package doveconf

import (
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config/draft"
)

// mechanisms are the SASL mechanisms that TPOPS has, by their names in Dovecot.
var mechanisms = map[string]string{
	"plain": "PLAIN", "login": "LOGIN", "cram-md5": "CRAM-MD5", "scram-sha-1": "SCRAM-SHA-1", "scram-sha-256": "SCRAM-SHA-256",
	"scram-sha-1-plus": "SCRAM-SHA-1-PLUS", "scram-sha-256-plus": "SCRAM-SHA-256-PLUS", "external": "EXTERNAL",
}

// logins converts how users log in.
type logins struct{ *conversion }

// convert converts mechanisms, login names and delays.
func (c logins) convert() {
	c.mechanisms()
	c.usernames()
	if s, ok := c.setting("auth_default_realm", "auth_default_domain"); ok && s.value != "" {
		c.d.SetWith(s.at, s.name, "domain", s.value, draft.ToKnow, "names with % or + do not get it")
	}
	if s, ok := c.setting("auth_failure_delay"); ok {
		c.duration(s, "error-interval")
	}
}

// cache converts the cache of logins.
func (c logins) cache() {
	s, ok := c.setting("auth_cache_size")
	if !ok || s.value == "0" {
		if ok {
			c.d.Default(s.at, s.name)
		}
		c.unused("auth_cache_ttl", "auth_cache_size is 0")
		return
	}
	ttl, isSet := c.setting("auth_cache_ttl")
	if !isSet {
		ttl = setting{name: s.name, value: "1 hours", at: s.at}
	}
	c.duration(ttl, "auth-cache")
	c.d.Note(s.at, s.name, draft.ToKnow, "kept: the cache is on; auth-cache-size counts users instead of octets")
}

// duration converts a time.
func (c logins) duration(s setting, name string) {
	n, err := seconds(s.value)
	if err != nil {
		c.d.Lost(s.at, s.name, draft.ToDo, "%v; set %s", err, name)
		return
	}
	c.d.Set(s.at, s.name, name, strconv.Itoa(n))
}

// mechanismWords returns the mechanisms of Dovecot, and whether they are set.
func (c *conversion) mechanismWords() (s setting, words []string, ok bool) {
	s, ok = c.setting("auth_mechanisms")
	words = strings.Fields(strings.ToLower(s.value))
	for _, one := range c.all("auth_mechanisms") { // a section of 2.4
		s, ok = setting{name: one.kind, at: one.at}, true
		words = append(words, one.switchedOn()...)
	}
	return s, words, ok
}

func (c logins) mechanisms() {
	s, words, ok := c.mechanismWords()
	if !ok {
		words = []string{"plain"}
	}
	var names []string
	for _, word := range words {
		if name, known := mechanisms[word]; known {
			names = append(names, name)
			continue
		}
		c.otherMechanism(s, word)
	}
	if !slices.Contains(names, "PLAIN") {
		c.d.Lost(s.at, s.name, draft.Done, "TPOPS always accepts USER and PASS with TLS")
	}
	if len(names) > 0 {
		c.d.Set(s.at, s.name, "sasl-mechanisms", strings.Join(names, ","))
	}
}

// otherMechanism reports a mechanism that AUTH does not have.
func (c logins) otherMechanism(s setting, word string) {
	switch word {
	case "apop":
		c.d.Note(s.at, s.name, draft.ToKnow, "APOP: offered while the passwords of all users are stored in the clear")
	case "xoauth2", "oauthbearer":
		c.d.Refuse(s.at, s.name, "TPOPS has %s, but not with the settings of Dovecot; set the parameters oauth-*", strings.ToUpper(word))
	default:
		c.d.Refuse(s.at, s.name, "TPOPS has no %.20s, so clients that use it cannot log in", strings.ToUpper(word))
	}
}
