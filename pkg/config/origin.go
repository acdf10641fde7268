package config

import (
	"slices"
	"strings"
)

// origin is what Load knows of where the values came from.
type origin struct {
	fileRead bool
	places   map[string]place // by the name of a parameter that was given
	warnings Problems
}

// FileRead reports whether there was a configuration file. Once there was one,
// a reload without it is to fail: see Source.MustExist.
func (c *Config) FileRead() bool { return c.origin.fileRead }

// Warnings returns what is no error and should not be so, in the order of
// Problems. The caller may keep and change the slice.
func (c *Config) Warnings() []Problem { return slices.Clone(c.origin.warnings) }

// Problem returns err as a problem with the parameter of that name, at the
// place where it was set, or without a place if it has its default. It is for
// what only the use of a value shows, such as a user that does not exist.
// errors.Is and errors.As find err in it.
func (c *Config) Problem(name string, err error) Problem {
	p := c.origin.places[name].problem(name, strings.ReplaceAll(err.Error(), "\n", "; "))
	p.cause = err
	return p
}
