package eventlog

import (
	"iter"
	"log/slog"
	"strings"
)

// Text is a text for people, in both languages.
type Text struct{ English, Japanese string }

// Kind is a kind of event. Its ID and its fields are a promise to log readers
// and never change.
type Kind struct {
	Event  string       // value of TPOPS_EVENT
	ID     string       // value of MESSAGE_ID, 32 hexadecimal digits
	Levels []slog.Level // the possible levels of a record

	Meaning     Text   // one or two sentences for tpops-events(7)
	Subject     Text   // first line of the catalog entry; may contain @FIELD@
	Explanation Text   // body of the catalog entry: cause, and what to do
	Pages       string // manual pages that the catalog entry names, between spaces

	always, often string   // keys of fields, between spaces
	texts         []string // possible first words of MESSAGE; default: Event
	each          bool     // one record for each of many messages: waits for room in the queue
	vital         bool     // the record of a login or of a session's end: waits long for room in the queue
	message       bool     // one record for each message; log-messages disables it
}

// Always returns the fields that every record of the kind has.
func (k *Kind) Always() iter.Seq[Field] { return fieldsOf(k.always) }

// Often returns the fields that some records of the kind have.
func (k *Kind) Often() iter.Seq[Field] { return fieldsOf(k.often) }

func fieldsOf(keys string) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for key := range strings.FieldsSeq(keys) {
			for _, f := range fields {
				if f.Key == key && !yield(f) {
					return
				}
			}
		}
	}
}

// Texts returns the possible first words of MESSAGE, before the fields.
func (k *Kind) Texts() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(k.texts) == 0 {
			yield(k.Event)
		}
		for _, text := range k.texts {
			if !yield(text) {
				return
			}
		}
	}
}

// PerMessage reports whether there is a record for each message, which the
// parameter log-messages disables.
func (k *Kind) PerMessage() bool { return k.message }

// Priority returns the value of PRIORITY for a level: the syslog number.
func Priority(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}

// Kinds returns all kinds of events, in the order of the manual.
func Kinds() iter.Seq[*Kind] {
	return func(yield func(*Kind) bool) {
		for i := range kinds {
			k := kinds[i]
			if !yield(&k) {
				return
			}
		}
	}
}

// kindOf maps the first words of MESSAGE to the kind.
var kindOf = func() map[string]*Kind {
	index := make(map[string]*Kind)
	for k := range Kinds() {
		for text := range k.Texts() {
			index[text] = k
		}
	}
	return index
}()
