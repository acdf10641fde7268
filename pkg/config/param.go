package config

import (
	"slices"
	"strings"
)

// Param is one parameter: a row of the table. Callers do not change it.
type Param struct {
	Name     string // in the file, and after -- on the command line
	Short    string // one letter for the command line, or empty
	Group    string // heading under which help, sample and manual list it
	Kind     Kind   // what a value looks like
	Default  string // as a user would write it
	Help     string // meaning, in a few sentences
	Brief    string // a few words for --help; empty: only in --help=all
	Japanese string // Help in Japanese, for the manual; line breaks stay
	Values   []string
	Only     []Condition // the parameter has an effect if all of them hold

	Optional    bool // the default is a word for "not set", which is also a valid value
	Required    bool // must be set if its conditions hold
	CommandLine bool // not allowed in a file
	Restart     bool // a reload does not apply a change

	Deprecated Deprecation // for a parameter that will be removed, see UPGRADING.md

	value value
}

// Condition is a condition on another parameter: its value, or a part of its list,
// is one of Values, or with Not is none of them.
type Condition struct {
	Name   string   // the other parameter
	Values []string // any of them
	Not    bool
}

// String returns the condition without its Not, as name=value|value, or as name if
// any value will do.
func (c Condition) String() string {
	if c.isWhenSet() {
		return c.Name
	}
	return c.Name + "=" + strings.Join(c.Values, "|")
}

// isWhenSet reports whether c requires only that the other parameter is set.
func (c Condition) isWhenSet() bool { return c.Not && len(c.Values) == 1 && c.Values[0] == "" }

func only(name string, values ...string) []Condition {
	return []Condition{{Name: name, Values: values}}
}

// whenSet is for a parameter whose value is "" when it is not set.
func whenSet(name string) []Condition { return unless(name, "") }

func unless(name string, values ...string) []Condition {
	return []Condition{{Name: name, Values: values, Not: true}}
}

// Params returns a row for each parameter, in the order of the manual. The caller
// may keep and change the slice.
func Params() []Param { return new(Config).table() }

// Sentences returns the text of p for the help, the sample and the manual: its
// meaning, its values, its conditions, and its deprecation.
func (p *Param) Sentences() []string {
	text := []string{p.Help}
	if len(p.Values) > 0 {
		start := "One of "
		if p.Kind == KindChoices {
			start = "One or more of "
		}
		text = append(text, start+strings.Join(p.Values, ", ")+".")
	}
	for _, c := range p.Only {
		start := "Requires "
		if c.Not && !c.isWhenSet() {
			start = "Not available with "
		}
		text = append(text, start+c.String()+".")
	}
	return append(text, p.Deprecated.sentences()...)
}

// tableSize is at least the number of rows: each child makes the table once.
const tableSize = 128

// table returns the rows that read and write the fields of c.
func (c *Config) table() []Param {
	all := make([]Param, 0, tableSize)
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
		{"Dovecot", c.dovecot()},
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

// set checks text and stores it. After an error the old value stays.
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
