package doveconf

import "tpops/pkg/config/draft"

// setting is a line name = value.
type setting struct {
	name, value string
	hidden      bool // doveconf shows the value only with -P
	at          draft.Place
}

// section is a block of settings in braces, or the whole file.
type section struct {
	kind     string // the first word of the line: passdb, service; empty for the file
	label    string // the second word, without quotes; or empty
	at       draft.Place
	settings []setting
	sections []*section
}

// title returns kind and label.
func (s *section) title() string {
	if s.label == "" {
		return s.kind
	}
	return s.kind + " " + s.label
}

// find returns the last setting with one of the names, and whether there is one.
func (s *section) find(names ...string) (setting, bool) {
	for i := len(s.settings) - 1; i >= 0; i-- {
		for _, name := range names {
			if s.settings[i].name == name {
				return s.settings[i], true
			}
		}
	}
	return setting{}, false
}

// value returns the value of the last setting with one of the names, or "".
func (s *section) value(names ...string) string {
	found, _ := s.find(names...)
	return found.value
}

// all returns the sections of a kind.
func (s *section) all(kind string) []*section {
	var found []*section
	for _, one := range s.sections {
		if one.kind == kind {
			found = append(found, one)
		}
	}
	return found
}

// named returns the last section of this kind and label, or an empty one.
func (s *section) named(kind, label string) *section {
	found := &section{kind: kind, label: label, at: s.at}
	for _, one := range s.sections {
		if one.kind == kind && one.label == label {
			found = one
		}
	}
	return found
}
