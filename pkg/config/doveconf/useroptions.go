package doveconf

import (
	"slices"
	"strings"
)

// options reports settings and sections of a database that TPOPS does not have. The caller
// converts those of userSettings, and the settings and sections in converted.
func (c *converter) options(d database, converted ...string) {
	known := append(slices.Clone(userSettings), converted...)
	for _, s := range d.settings {
		switch name := d.bare(s.name, known); {
		case slices.Contains(known, name) || s.value == "" && !s.hidden:
		case strings.HasPrefix(name, "mechanisms") && c.allMechanisms(s, strings.Fields(s.value)):
		default:
			c.noCondition(d, s)
		}
	}
	for _, one := range d.sections {
		s := setting{name: one.title(), at: one.at}
		switch name := d.bare(one.kind, known); {
		case slices.Contains(converted, name):
		case strings.HasPrefix(name, "mechanisms") && c.allMechanisms(s, one.switchedOn()):
		default:
			c.noCondition(d, s)
		}
	}
}

// noCondition reports a setting, or a section, that may decide who logs in.
func (c *converter) noCondition(d database, s setting) {
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
func (c *converter) allMechanisms(s setting, here []string) bool {
	_, all, isSet := c.mechanismWords()
	if !isSet {
		all = []string{"plain"}
	}
	for _, m := range all {
		if !slices.ContainsFunc(here, func(one string) bool { return strings.EqualFold(one, m) }) {
			return false
		}
	}
	c.d.Note(s.at, s.name, "without effect: it has all mechanisms")
	return true
}
