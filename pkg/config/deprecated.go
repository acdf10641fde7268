package config

import (
	"errors"
	"iter"
)

// Deprecation is why a parameter that works is removed by a later version. The zero value is
// that of a parameter that stays.
type Deprecation struct {
	Since       string // the version that deprecated it, such as 1.2.0
	Replacement string // the parameter to use instead, or empty
}

// String returns the warning for a parameter that is set.
func (d Deprecation) String() string {
	text := "deprecated since " + d.Since + ", a later version removes it: "
	if d.Replacement == "" {
		return text + "remove it"
	}
	return text + "use " + d.Replacement
}

// sentences returns the text for the help, the sample and the manual.
func (d Deprecation) sentences() []string {
	var all []string
	if d.Since != "" {
		all = append(all, "Deprecated since "+d.Since+".")
	}
	if d.Replacement != "" {
		all = append(all, "Replaced by "+d.Replacement+".")
	}
	return all
}

// Deprecated returns the deprecated parameters that are set: the name of each, and a
// warning with its place. A value that overrides another one has the only warning.
func (c *Config) Deprecated() iter.Seq2[string, Problem] { return c.deprecated(c.table()) }

func (c *Config) deprecated(rows []Param) iter.Seq2[string, Problem] {
	return func(yield func(string, Problem) bool) {
		for _, p := range rows {
			_, given := c.origin.places[p.Name]
			if !given || p.Deprecated.Since == "" {
				continue
			}
			if !yield(p.Name, c.Problem(p.Name, errors.New(p.Deprecated.String()))) {
				return
			}
		}
	}
}
