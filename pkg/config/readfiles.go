package config

import (
	"cmp"
	"slices"
)

// NamedFile is a file that a parameter names.
type NamedFile struct {
	Parameter string
	Path      string // as it was given
}

// ReadFiles returns the files that the daemon reads, at the start and at a reload, sorted by
// parameter. Files may be missing. A Config of Decode does not know the files of secrets.
func (c *Config) ReadFiles() []NamedFile {
	all := []NamedFile{
		{"config", c.Run.ConfigFile},
		{"passwd-file", c.Users.PasswdFile}, {"apop-passwd-file", c.Users.APOPPasswdFile}, {"oauth-jwks-file", c.OAuth.JWKSFile},
		{"tls-client-ca", c.TLS.ClientCA}, {"mysql-tls-ca", c.MySQL.TLSCA}, {"pop-server-tls-ca", c.Proxy.TLSCA},
	}
	for _, path := range c.TLS.Cert {
		all = append(all, NamedFile{"tls-cert", path})
	}
	for _, path := range c.TLS.Key {
		all = append(all, NamedFile{"tls-key", path})
	}
	for parameter, path := range c.origin.secrets {
		all = append(all, NamedFile{parameter, path})
	}
	all = slices.DeleteFunc(all, func(f NamedFile) bool { return f.Path == "" })
	slices.SortStableFunc(all, func(a, b NamedFile) int { return cmp.Compare(a.Parameter, b.Parameter) })
	return all
}
