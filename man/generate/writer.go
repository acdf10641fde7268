package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tpops/pkg/config"
)

// writer writes mdoc(7) in one language.
type writer struct {
	*language
	text         strings.Builder
	untranslated []error
}

// line writes a line as it is.
func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// say writes a text of this program in the writer's language.
func (w *writer) say(english string) {
	text, err := w.translate(english)
	if err != nil {
		w.untranslated = append(w.untranslated, err)
		return
	}
	w.prose(text)
}

// declared writes a text of a declaration, in the writer's language.
func (w *writer) declared(english, japanese string) { w.prose(w.choose(english, japanese)) }

// prose writes a text, each sentence on a line of its own.
func (w *writer) prose(text string) {
	for line := range strings.Lines(w.breakLines(text)) {
		w.line("%s", protect(strings.TrimSuffix(line, "\n")))
	}
}

// protect writes a line of text so that it is one in mdoc(7) too, and the names
// of parameters so that they can be copied: a "-" alone may become a hyphen
// that no shell knows.
func protect(line string) string {
	line = strings.ReplaceAll(line, `\`, `\e`)
	line = strings.ReplaceAll(line, "()", `\&()`) // mandoc(1) asks for a markup of functions
	line = parameterName.ReplaceAllStringFunc(line, literal)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}
	return line
}

// literal writes a word that stands for itself.
func literal(word string) string { return strings.ReplaceAll(word, "-", `\-`) }

// parameterName finds all names with a hyphen.
var parameterName = func() *regexp.Regexp {
	var names []string
	for _, p := range config.Params() {
		if strings.Contains(p.Name, "-") {
			names = append(names, regexp.QuoteMeta(p.Name))
		}
	}
	// The longest first: of mysql-passwd-file too, not only of mysql-passwd in it.
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
}()

// argument writes a value as one argument of a macro.
func argument(value string) string {
	value = strings.ReplaceAll(value, `\`, `\e`)
	return `"` + strings.ReplaceAll(literal(value), `"`, `\(dq`) + `"`
}
