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

// line writes a line without changes.
func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// translated writes a text of this program in the writer's language.
func (w *writer) translated(english string) {
	text, err := w.translate(english)
	if err != nil {
		w.untranslated = append(w.untranslated, err)
		return
	}
	w.prose(text)
}

// declared writes a text of a declaration, in the writer's language.
func (w *writer) declared(english, japanese string) { w.prose(w.choose(english, japanese)) }

// prose writes a text, with a new line for each sentence.
func (w *writer) prose(text string) {
	for line := range strings.Lines(w.breakLines(text)) {
		w.line("%s", protect(strings.TrimSuffix(line, "\n")))
	}
}

// protect escapes a line of text for mdoc(7), and the hyphens in parameter names: with a
// plain "-" a name that is copied from the page may contain another character than the
// shell expects.
func protect(line string) string {
	line = strings.ReplaceAll(line, `\`, `\e`)
	line = strings.ReplaceAll(line, "()", `\&()`) // mandoc(1) warns about functions without markup
	line = parameterName.ReplaceAllStringFunc(line, literal)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}
	return line
}

// literal writes a literal word.
func literal(word string) string { return strings.ReplaceAll(word, "-", `\-`) }

// parameterName matches all names with a hyphen.
var parameterName = func() *regexp.Regexp {
	var names []string
	for _, p := range config.Params() {
		if strings.Contains(p.Name, "-") {
			names = append(names, regexp.QuoteMeta(p.Name))
		}
	}
	// The longest first, so that mysql-passwd does not match in mysql-passwd-file.
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
}()

// argument writes a value as one argument of a macro.
func argument(value string) string {
	value = strings.ReplaceAll(value, `\`, `\e`)
	return `"` + strings.ReplaceAll(literal(value), `"`, `\(dq`) + `"`
}
