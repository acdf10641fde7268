package draft

import "strings"

// Kind is what a note asks of the operator.
type Kind int

// The kinds of notes, by what they ask for.
const (
	Done   Kind = iota // nothing
	ToKnow             // to read it: something differs from the other server
	ToDo               // to do something
	Needed             // to decide: the note holds the new file back
)

// Note is a line of the report. It contains no secret.
type Note struct {
	At      Place
	Setting string // in the words of the other server; or empty
	Kind    Kind
	Text    string

	parameter string // that was set; or empty
}

// String returns the note as a line without its end.
func (n Note) String() string {
	if n.Setting == "" {
		return n.At.String() + ": " + n.Text
	}
	if n.At.Line == 0 {
		return n.At.String() + ": " + n.Setting + " (default): " + n.Text
	}
	return n.At.String() + ": " + n.Setting + ": " + n.Text
}

// Report returns the notes as text: first those that ask the operator to do something, then
// those to know, then the others, each in their order.
func Report(notes []Note) string {
	var b strings.Builder
	for _, part := range []struct {
		title       string
		least, most Kind
	}{{"To do:", ToDo, Needed}, {"To know:", ToKnow, ToKnow}, {"Nothing to do:", Done, Done}} {
		title := part.title + "\n"
		for _, n := range notes {
			if n.Kind >= part.least && n.Kind <= part.most {
				b.WriteString(title + n.String() + "\n")
				title = ""
			}
		}
	}
	return b.String()
}
