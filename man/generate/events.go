package main

import (
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"

	"tpops/pkg/eventlog"
)

// writeEvents writes the table of events.
func writeEvents(w *writer) {
	w.line(".Bl -tag -width Ds")
	for k := range eventlog.Kinds() {
		w.event(k)
	}
	w.line(".El")
}

func (w *writer) event(k *eventlog.Kind) {
	w.line(".It Sy %s", argument(k.Event))
	w.declared(k.Meaning.English, k.Meaning.Japanese)
	if k.PerMessage() {
		w.translated("There is one for each message, unless log-messages is off.")
	}
	if texts := slices.Collect(k.Texts()); !slices.Equal(texts, []string{k.Event}) {
		w.translated("The text begins with:")
		w.list(".So %s Sc", texts)
	}
	w.translated("Priority:")
	var names []string
	for _, level := range k.Levels {
		names = append(names, priorityName(level))
	}
	w.list(".Cm %s", names)
	w.fields("Fields:", k.Always())
	w.fields("Fields at times:", k.Often())
	w.line(".Ev MESSAGE_ID\n.Li %s", k.ID)
}

// priorityName returns the name of a level in syslog(3) and journalctl(1).
func priorityName(level slog.Level) string {
	return [...]string{3: "err", 4: "warning", 6: "info", 7: "debug"}[eventlog.Priority(level)]
}

// fields writes the names of fields, if there are any.
func (w *writer) fields(intro string, fields iter.Seq[eventlog.Field]) {
	var names []string
	for f := range fields {
		names = append(names, f.Name)
	}
	if len(names) > 0 {
		w.translated(intro)
		w.list(".Ev %s", names)
	}
}

// list writes values, each with a macro, as the end of a sentence.
func (w *writer) list(macro string, values []string) {
	for i, value := range values {
		if strings.Contains(value, " ") {
			value = argument(value)
		}
		mark := w.comma
		if i == len(values)-1 {
			mark = w.stop
		}
		w.line("%s %s", fmt.Sprintf(macro, value), mark)
	}
}

// writeFields writes the table of fields.
func writeFields(w *writer) {
	w.line(".Bl -tag -width Ds")
	for f := range eventlog.Fields() {
		w.line(".It Ev %s Pq Li %s", f.Name, f.Key)
		w.declared(f.Meaning.English, f.Meaning.Japanese)
	}
	w.line(".El")
}
