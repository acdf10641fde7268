package config

import (
	"fmt"
	"slices"
)

// checkEffects rejects each parameter that is set but has no effect.
func (l *loader) checkEffects() {
	for i := range l.rows {
		p := &l.rows[i]
		s, ok := l.given[p.Name]
		if !ok || p.unset(s.text) {
			continue
		}
		for _, condition := range p.Only {
			if !l.holds(condition) && !l.overrules(condition, s) {
				l.reject(s, "%s", l.explain(condition))
				break
			}
		}
	}
}

// overrules reports whether the command line made c fail while s is in the file.
// The command line overrides the file, so that inetd and the daemon can share one
// file.
func (l *loader) overrules(c Condition, s setting) bool {
	return !s.place.isOption() && l.given[c.Name].place.isOption()
}

// checkRequired reports parameters that are not set but that others require, at
// the place of the other one.
func (l *loader) checkRequired() {
	for i := range l.rows {
		p := &l.rows[i]
		if !p.Required || p.value.text() != "" || l.broken[p.Name] || !l.hasEffect(p) {
			continue
		}
		cause := p.Only[0].Name
		l.problem(l.given[cause].place, "%s = %s needs %s", cause, l.byName[cause].value.text(), p.Name)
	}
}

// hasEffect reports whether all conditions of p hold.
func (l *loader) hasEffect(p *Param) bool {
	return !slices.ContainsFunc(p.Only, func(c Condition) bool { return l.broken[c.Name] || !l.holds(c) })
}

// holds reports whether c holds. It returns true if the other parameter is wrong:
// that error is already reported.
func (l *loader) holds(c Condition) bool {
	if l.broken[c.Name] {
		return true
	}
	return slices.ContainsFunc(l.byName[c.Name].words(), func(word string) bool {
		return slices.Contains(c.Values, word)
	}) != c.Not
}

// explain returns why c does not hold.
func (l *loader) explain(c Condition) string {
	if c.isWhenSet() {
		return "has an effect only if " + c.Name + " is set"
	}
	is := l.byName[c.Name].value.text()
	if c.Not {
		return fmt.Sprintf("has no effect with %s = %s", c.Name, is)
	}
	return fmt.Sprintf("has an effect only with %s = %s, but %s is %s", c.Name, orList(c.Values), c.Name, is)
}
