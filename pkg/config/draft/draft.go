package draft

import (
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config"
)

// Input is a text that the operator has given, with its name for messages.
type Input struct{ Name, Text string }

// Place is where a setting is. The zero value is no place.
type Place struct {
	File string // name of the input
	Line int    // from 1; 0 for a default of the other server, which is not written anywhere
}

// String returns the place as file:line, or the file alone.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Draft is a new configuration file and its report. Goroutines must not share one.
type Draft struct {
	source string
	rows   map[string]config.Param
	values map[string]value // by name of the parameter
	notes  []Note
	others []string // settings that do not concern POP3
	stop   string   // why there is no new file at all; or empty
}

// value is the value of a parameter, and where it is from.
type value struct {
	text    string
	at      Place
	setting string
}

// New returns an empty draft. source is what the new file is made from, for its
// first line.
func New(source string) *Draft {
	d := &Draft{source: source, rows: map[string]config.Param{}, values: map[string]value{}}
	for _, p := range config.Params() {
		d.rows[p.Name] = p
	}
	return d
}

// Set sets a parameter of the new file and reports that it keeps a setting.
func (d *Draft) Set(at Place, setting, name, text string) {
	d.SetWith(at, setting, name, text, Done, "")
}

// SetWith is Set with a remark for the report: what else the operator has to do, or to
// know. Without a remark kind is Done.
func (d *Draft) SetWith(at Place, setting, name, text string, kind Kind, remark string) {
	d.values[name] = value{text, at, setting}
	shown := name + " (a secret)"
	if p := d.rows[name]; p.Kind != config.KindSecret {
		shown = Assignment(p, text)
	}
	forService, asComment := ServiceRemark(name, text)
	shown += asComment
	if remark != "" {
		shown += "; " + remark
	}
	d.Note(at, setting, max(kind, forService), "kept as %s", shown)
	d.notes[len(d.notes)-1].parameter = name
}

// Value returns the value of a parameter that was set, or "".
func (d *Draft) Value(name string) string { return d.values[name].text }

// Note adds a line to the report.
func (d *Draft) Note(at Place, setting string, kind Kind, format string, values ...any) {
	d.notes = append(d.notes, Note{At: at, Setting: plain(setting), Kind: kind, Text: plain(fmt.Sprintf(format, values...))})
}

// Default reports that a setting has the value that TPOPS uses anyway.
func (d *Draft) Default(at Place, setting string) { d.Note(at, setting, Done, "equal to the default") }

// Lost reports a setting that the new file does not keep, with the reason, and with what
// to do if kind is ToDo.
func (d *Draft) Lost(at Place, setting string, kind Kind, format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	switch kind {
	case Done:
		d.Note(at, setting, kind, "not possible: %s; nothing to do", text)
	case Needed:
		d.Note(at, setting, kind, "not possible, but needed: %s", text)
	default:
		d.Note(at, setting, kind, "not possible: %s", text)
	}
}

// Refuse is Lost for a setting without which other users may log in, or users see
// another mailbox or other UIDLs. It holds the new file back.
func (d *Draft) Refuse(at Place, setting, format string, values ...any) {
	d.Lost(at, setting, Needed, format, values...)
}

// Other adds a setting to the list of those that do not concern POP3.
func (d *Draft) Other(setting string) { d.others = append(d.others, plain(setting)) }

// plain makes text one line without control characters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F || r >= 0x80 && r < 0xA0 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// Unset removes a parameter, and its notes, because it would have no effect.
func (d *Draft) Unset(name, reason string) {
	v := d.values[name]
	d.Remove(name)
	d.Lost(v.at, v.setting, ToKnow, "%s", reason)
}

// Put sets a parameter without a note: the caller reports it.
func (d *Draft) Put(name, text string) { d.values[name] = value{text: text, at: Place{File: d.source}} }

// Remove removes a parameter and its notes.
func (d *Draft) Remove(name string) {
	delete(d.values, name)
	d.notes = slices.DeleteFunc(d.notes, func(n Note) bool { return n.parameter == name })
}

// Stop holds the new file back, whatever the operator agrees to.
func (d *Draft) Stop(reason string) { d.stop = reason }
