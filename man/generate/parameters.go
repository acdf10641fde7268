package main

import (
	"cmp"

	"tpops/pkg/config"
)

// writeParameters writes the table of parameters: a section for each group.
func writeParameters(w *writer) {
	group := ""
	for _, p := range config.Params() {
		if p.Group != group {
			if group != "" {
				w.line(".El")
			}
			group = p.Group
			w.line(".Ss %s", w.title(group))
			w.line(".Bl -tag -width Ds")
		}
		w.parameter(&p)
	}
	w.line(".El")
}

func (w *writer) parameter(p *config.Param) {
	w.line(".It Cm %s", literal(p.Name))
	w.declared(p.Help, p.Japanese)
	for _, sentence := range p.Sentences()[1:] {
		w.translated(sentence)
	}
	w.translated("Value: " + string(p.Kind) + ".")
	w.translated("Default:")
	if p.Default == "" {
		w.translated("not set.")
	} else {
		w.line(".So %s Sc %s", argument(p.Default), w.stop)
	}
	if p.Short != "" {
		w.translated("Short option:")
		w.line(".Fl %s %s", p.Short, w.stop)
	}
	switch {
	case p.CommandLine:
		w.translated("On the command line only.")
	case p.Restart:
		w.translated("A change needs a restart.")
	}
}

// title writes a heading.
func (w *writer) title(english string) string {
	text, err := w.translate(english)
	if err != nil {
		w.untranslated = append(w.untranslated, err)
	}
	return cmp.Or(text, english) + w.endOfTitle
}
