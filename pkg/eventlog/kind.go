package eventlog

import (
	"iter"
	"log/slog"
	"strings"
)

// Kind is a kind of event. Its words, its id and its fields are promised to
// whoever reads the log: none is ever changed or given another meaning.
type Kind struct {
	Event   string       // what TPOPS_EVENT says
	ID      string       // what MESSAGE_ID says, 32 hexadecimal digits
	Levels  []slog.Level // one of which its records have
	Meaning string       // one sentence for the manual

	always, often string   // keys of fields, between spaces
	texts         []string // first words of MESSAGE; without them it is Event
	each          bool     // one record for each message of many: it waits for room in the queue
	message       bool     // one record for each message, which can be turned off
}

// Always returns the fields that each record of the kind has, with a value.
func (k *Kind) Always() iter.Seq[Field] { return fieldsOf(k.always) }

// Often returns the fields that a record has if there is something to say.
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

// Texts returns what may be the first words of MESSAGE, before the facts.
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
// parameter log-messages turns off.
func (k *Kind) PerMessage() bool { return k.message }

// Priority returns the number that PRIORITY has for a level, that of syslog.
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

// Kinds returns all kinds of events, in the manual's order.
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

// kindOf is the table's index by the first words of MESSAGE.
var kindOf = func() map[string]*Kind {
	index := make(map[string]*Kind)
	for k := range Kinds() {
		for text := range k.Texts() {
			index[text] = k
		}
	}
	return index
}()
