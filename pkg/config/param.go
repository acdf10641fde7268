package config

import (
	"slices"
	"strings"
)

// Param is one parameter: a row of the table, to be read only.
type Param struct {
	Name     string // in the file, and after -- on the command line
	Short    string // one letter for the command line, or empty
	Group    string // heading under which help, sample and manual list it
	Kind     Kind   // what a value looks like
	Default  string // as a user would write it
	Help     string // its meaning, in a few sentences
	Brief    string // a few words for --help; empty: only in --help=all
	Japanese string // Help in Japanese, for the manual; line breaks stay
	Values   []string
	Only     []Condition // all must hold, or the parameter has no effect

	Optional    bool // the default is a word for "not set", which a user may write too
	Required    bool // must be set where its conditions hold
	CommandLine bool // makes no sense in a file
	Restart     bool // a reload does not apply a change

	value value
}

// Condition is something that another parameter must, or with Not must not,
// be set to, or have in its list.
type Condition struct {
	Name   string   // the other parameter
	Values []string // any of them
	Not    bool
}

// String returns the condition without its Not, as name=value|value, or as name
// if that has only to be set.
func (c Condition) String() string {
	if c.isWhenSet() {
		return c.Name
	}
	return c.Name + "=" + strings.Join(c.Values, "|")
}

// isWhenSet reports whether c asks only that the other parameter is set.
func (c Condition) isWhenSet() bool { return c.Not && len(c.Values) == 1 && c.Values[0] == "" }

func only(name string, values ...string) []Condition {
	return []Condition{{Name: name, Values: values}}
}

// whenSet is for a parameter whose value is "" when it is not set.
func whenSet(name string) []Condition { return unless(name, "") }

func unless(name string, values ...string) []Condition {
	return []Condition{{Name: name, Values: values, Not: true}}
}

// Params returns a row for each parameter, in the order in which a reader
// wants them. The caller may keep and change the slice.
func Params() []Param { return new(Config).table() }

// Sentences returns what help, sample and manual say of p: its meaning, its
// values, and where it has an effect.
func (p *Param) Sentences() []string {
	text := []string{p.Help}
	if len(p.Values) > 0 {
		start := "One of "
		if p.Kind == KindChoices {
			start = "One or more of "
		}
		text = append(text, start+strings.Join(p.Values, ", ")+".")
	}
	for i, c := range p.Only {
		start := "Only with "
		switch {
		case c.Not && !c.isWhenSet():
			start = "Not with "
		case i > 0:
			start = "Also only with "
		}
		text = append(text, start+c.String()+".")
	}
	return text
}

// table returns the rows that read and write the fields of c.
func (c *Config) table() []Param {
	var all []Param
	for _, group := range []struct {
		name string
		rows []Param
	}{
		{"General", slices.Concat(c.general(), c.logging())},
		{"Protocol", c.protocol()},
		{"TLS", c.tls()},
		{"SASL", c.sasl()},
		{"Processes", c.processes()},
		{"Limits", c.limits()},
		{"Users", c.users()},
		{"Login", c.login()},
		{"MySQL", c.mysql()},
		{"Maildir", c.maildir()},
		{"Proxy", c.proxy()},
	} {
		for _, p := range group.rows {
			p.Group, p.Kind, p.Values = group.name, p.value.kind, p.value.values
			all = append(all, p)
			if p.Kind == KindSecret {
				all = append(all, secretFile(p))
			}
		}
	}
	return all
}

// set checks text and stores it; after an error the old value stands.
func (p *Param) set(text string) error {
	if p.Optional && text == p.Default {
		p.value.clear()
		return nil
	}
	return p.value.set(text)
}

// unset reports whether text is this parameter's word for "not set".
func (p *Param) unset(text string) bool { return p.Optional && text == p.Default }

// words returns the value of p, part by part if it is a list.
func (p *Param) words() []string {
	if p.Kind.isList() {
		return strings.Split(p.value.text(), ",")
	}
	return []string{p.value.text()}
}
