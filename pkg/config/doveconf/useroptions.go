package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// options reports settings and sections of a database that TPOPS does not have. The caller
// converts those of userSettings, and the settings and sections in converted.
func (c users) options(d database, converted ...string) {
	known := append(slices.Clone(userSettings), converted...)
	for _, s := range d.settings {
		if s.value != "" || s.hidden {
			c.option(d, s, d.bare(s.name, known), known, strings.Fields(s.value))
		}
	}
	for _, one := range d.sections {
		c.option(d, setting{name: one.title(), at: one.at}, d.bare(one.kind, known), converted, one.switchedOn())
	}
}

// option reports a setting, or a section, that may decide who logs in, unless its name is
// known. words are what it lists.
func (c users) option(d database, s setting, name string, known, words []string) {
	if slices.Contains(known, name) || strings.HasPrefix(name, "mechanisms") && c.allMechanisms(s, words) {
		return
	}
	c.d.Refuse(s.at, d.title()+" "+s.name, "TPOPS has no such condition or field for a database; %s", askDovecot)
}

// bare returns a name without the prefixes that 2.4 omits, unless it is known with them.
func (d database) bare(name string, known []string) string {
	for _, prefix := range []string{d.kind + "_", strings.ReplaceAll(d.driver, "-", "_") + "_"} {
		if !slices.Contains(known, name) {
			name = strings.TrimPrefix(name, prefix)
		}
	}
	return name
}

// allMechanisms reports whether a database with the mechanisms here is for all there are.
func (c users) allMechanisms(s setting, here []string) bool {
	_, all, isSet := c.mechanismWords()
	if !isSet {
		all = []string{"plain"}
	}
	for _, m := range all {
		if !slices.ContainsFunc(here, func(one string) bool { return strings.EqualFold(one, m) }) {
			return false
		}
	}
	c.d.Note(s.at, s.name, draft.Done, "without effect: it has all mechanisms")
	return true
}
