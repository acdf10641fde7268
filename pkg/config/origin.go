package config

import (
	"slices"
	"strings"
)

// origin is where the values came from.
type origin struct {
	fileRead bool
	places   map[string]place // by the name of a parameter that was given
	warnings Problems
	secrets  map[string]string // files of secrets, by the name of their parameter; Encode leaves them out
}

// FileRead reports whether a configuration file was read. A reload then requires
// the file: see Source.MustExist.
func (c *Config) FileRead() bool { return c.origin.fileRead }

// addSecret notes that a secret was read from a file.
func (o *origin) addSecret(parameter, path string) {
	if o.secrets == nil {
		o.secrets = map[string]string{}
	}
	o.secrets[parameter] = path
}

// Warnings returns the problems that are not errors, in the order of Problems. The
// caller may keep and change the slice.
func (c *Config) Warnings() []Problem { return slices.Clone(c.origin.warnings) }

// Problem returns err as a problem with the parameter of that name, at the place
// where it was set, or without a place if it has its default. Use it for errors
// that only the use of a value shows, such as a user that does not exist. errors.Is
// and errors.As find err in it.
func (c *Config) Problem(name string, err error) Problem {
	p := c.origin.places[name].problem(name, strings.ReplaceAll(err.Error(), "\n", "; "))
	p.cause = err
	return p
}
