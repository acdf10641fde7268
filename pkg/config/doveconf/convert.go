package doveconf

import (
	"path"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// Convert makes a configuration out of the output of doveconf -n, which is the first
// input, and the files of SQL queries that it names. check returns why TPOPS cannot use
// a query for users. An error means that the first input is not such an output.
func Convert(inputs []draft.Input, check func(query string) error) (*draft.Draft, error) {
	f, err := parse(inputs[0].Name, inputs[0].Text)
	if err != nil {
		return nil, err
	}
	c := &conversion{file: f, d: draft.New("the configuration of Dovecot " + f.full), done: map[string]bool{}, check: check, extra: inputs[1:]}
	c.pop3 = f.named("protocol", "pop3")
	c.usedExtra = make([]bool, len(c.extra))
	c.protocols()
	network{c}.listeners()
	encryption{c}.convert()
	network{c}.clearLogin()
	logins{c}.convert()
	network{c}.trusted()
	limits{c}.convert()
	users{c}.convert()
	if c.d.Value("mailbox-type") == "proxy" {
		proxyUsers{users{c}}.elsewhere()
	} else {
		uidls{c}.convert()
		logins{c}.cache()
	}
	plugins{c}.convert()
	rest{c}.convert()
	c.general()
	return c.d, nil
}

// conversion is the state of Convert. The types that have it convert one topic each.
type conversion struct {
	*file
	d         *draft.Draft
	pop3      *section        // protocol pop3
	done      map[string]bool // names of settings that were reported
	check     func(query string) error
	extra     []draft.Input // files that settings name
	usedExtra []bool        // by index in extra
}

// setting returns the setting that POP3 has: that of protocol pop3, or that of the
// file. Each of the names counts as reported.
func (c *conversion) setting(names ...string) (setting, bool) {
	for _, name := range names {
		c.done[name] = true
	}
	if s, ok := c.pop3.find(names...); ok {
		return s, true
	}
	s, ok := c.find(names...)
	if !ok {
		s = setting{name: names[len(names)-1], at: c.at}
		if c.version == "2.3" {
			s.name = names[0]
		}
	}
	return s, ok
}

// unused reports a setting that has no effect, if it is set.
func (c *conversion) unused(name, reason string) {
	if s, ok := c.setting(name); ok {
		c.d.Note(s.at, s.name, draft.Done, "without effect: %s", reason)
	}
}

// protocols holds that Dovecot serves POP3 at all.
func (c *conversion) protocols() {
	s, isSet := c.setting("protocols")
	for _, one := range c.all("protocols") { // a section of 2.4
		s, isSet = setting{name: "protocols", at: one.at}, true
		for _, p := range one.settings {
			if p.value == "yes" {
				s.value += " " + p.name
			}
		}
	}
	for word := range strings.FieldsSeq(s.value) {
		if word == "pop3" {
			c.d.Note(s.at, "protocols", draft.Done, "kept: pop3")
			return
		}
	}
	if isSet || c.version == "2.4" {
		c.d.Refuse(s.at, "protocols", "this Dovecot does not serve POP3; is this the configuration of the right server?")
	}
}

// extraInput returns the input for a file that a setting names: the one with that
// name, or the only one if no setting names another file.
func (c *conversion) extraInput(name string) (*section, bool) {
	isOnly := len(c.extra) == 1 && !c.namesAnother(name)
	for i, input := range c.extra {
		if isOnly || path.Base(input.Name) == path.Base(name) {
			c.usedExtra[i] = true
			return parseExt(input.Name, input.Text), true
		}
	}
	return nil, false
}

// namesAnother reports whether a database has its queries in another file.
func (c *conversion) namesAnother(name string) bool {
	return slices.ContainsFunc(slices.Concat(c.databases("passdb"), c.databases("userdb")), func(d database) bool {
		args, ok := d.find("args")
		return ok && d.driver == "sql" && args.value != name
	})
}

// general reports differences that no setting makes.
func (c *conversion) general() {
	for i, input := range c.extra {
		if !c.usedExtra[i] {
			c.d.Refuse(draft.Place{File: input.Name}, "", "no setting needs this file; is it the right one?")
		}
	}
	c.d.Note(c.at, "", draft.ToKnow, "TPOPS has limits that Dovecot does not have: max-per-address (50 connections), connection-keep-time (an hour), "+
		"guess-delay-max; see tpops.toml(5)")
}
