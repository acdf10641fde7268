package main

import (
	"errors"
	"fmt"
	"strings"
)

// fill returns the text of a page with the current text of the part.
func (p part) fill(page string, l *language) (string, error) {
	before, rest, ok := cutAfter(page, fmt.Sprintf(".\\\" BEGIN %s: written by man/generate\n", p.name))
	_, after, ok2 := strings.Cut(rest, fmt.Sprintf(".\\\" END %s\n", p.name))
	if !ok || !ok2 {
		return "", fmt.Errorf("no markers for the %s", p.name)
	}
	w := &writer{language: l}
	p.write(w)
	if len(w.untranslated) > 0 {
		return "", fmt.Errorf("not translated: %w", errors.Join(w.untranslated...))
	}
	return before + w.text.String() + fmt.Sprintf(".\\\" END %s\n", p.name) + after, nil
}

// cutAfter is strings.Cut with the separator in the first part.
func cutAfter(s, separator string) (before, after string, found bool) {
	before, after, found = strings.Cut(s, separator)
	return before + separator, after, found
}
