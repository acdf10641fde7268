package oldconf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config"
)

// Result is what became of an old file.
type Result struct {
	TOML   []byte // the new file; nil if a line was refused
	Secret bool   // the new file holds a password, perhaps in a comment
	Notes  []Note // what was done, in the order of the old file, and then what concerns no line
}

// Refused reports whether a line cannot be taken over, so that there is no new
// file.
func (r *Result) Refused() bool { return r.TOML == nil }

// Note says what was done with a line, or what else is to be known. It holds no
// secret.
type Note struct {
	Line    int // of the old file, from 1; 0 if it is about none
	Text    string
	Refused bool // this is a reason why there is no new file
}

// Checks are what only the use of a value shows, by the name of the parameter:
// each returns why the value cannot be used.
type Checks map[string]func(value string) error

// Convert turns the text of an old file into a new one and says of each line
// that is not blank what became of it. The order and the comments stay.
// Parameters whose default is another one today are written out. hostname is
// what uname -n prints. The error is that of reading the new file as the server
// would, and no fault of the old one's.
func Convert(text, hostname string, checks Checks) (*Result, error) {
	c := &converter{today: today(), values: map[string]string{}, last: map[string]int{}, checks: checks}
	lines := parseLines(text)
	c.collect(lines)
	c.write("# Made by tpopsctl import-config from a configuration file of TPOPS 0.8.", 0)
	for _, l := range lines {
		c.convert(l)
	}
	c.keepDefaults()
	if err := c.verify(hostname); err != nil {
		return nil, err
	}
	return c.finish(), nil
}

// converter holds what is known while Convert works.
type converter struct {
	today  table
	values map[string]string // of the parameters that are set, by name
	last   map[string]int    // the line that sets a parameter last
	checks Checks
	out    []outLine
	notes  []Note
	secret bool
}

// outLine is a line of the new file, and the line of the old one it is from.
type outLine struct {
	text string
	from int
}

func (c *converter) write(text string, from int) { c.out = append(c.out, outLine{text, from}) }

func (c *converter) note(at int, format string, values ...any) {
	c.notes = append(c.notes, Note{Line: at, Text: fmt.Sprintf(format, values...)})
}

func (c *converter) refuse(at int, format string, values ...any) {
	c.notes = append(c.notes, Note{Line: at, Text: "refused: " + fmt.Sprintf(format, values...), Refused: true})
}

// collect finds the values that count: of several lines for one parameter the
// last.
func (c *converter) collect(lines []line) {
	for _, l := range lines {
		param, ok := findOld(l.name)
		if l.kind != setting || !ok || c.today[param.name].CommandLine {
			continue
		}
		c.last[param.name] = l.number
		value, _ := c.value(l, c.today[param.name])
		c.values[param.name] = value
		if c.isUnset(l, c.today[param.name]) {
			delete(c.values, param.name)
		}
	}
}

// value returns the value of a line, and whether there is one.
func (c *converter) value(l line, p config.Param) (string, bool) {
	if !l.hasValue && p.Kind == config.KindSwitch {
		return "yes", true
	}
	return l.value, l.value != ""
}

// isUnset reports whether a line says that a parameter has no value.
func (c *converter) isUnset(l line, p config.Param) bool {
	return l.hasValue && l.value == "" && p.Optional
}

// keepDefaults writes out what 0.8 did by default and today's server does not.
func (c *converter) keepDefaults() {
	for _, param := range old {
		p := c.today[param.name]
		_, isSet := c.values[param.name]
		if isSet || param.byDefault == "" || param.byDefault == p.Default {
			continue
		}
		c.add(p, param.byDefault, "the default of 0.8")
	}
	for _, a := range added {
		c.add(c.today[a.name], a.value, a.why)
	}
	for _, text := range told {
		c.note(0, "%s", text)
	}
}

// add writes a line that the old file did not have.
func (c *converter) add(p config.Param, value, why string) {
	if c.withoutEffect(p) != "" {
		return
	}
	assigned := assignment(p, value)
	c.write("", 0)
	c.write("# "+strings.ToUpper(why[:1])+why[1:]+".", 0)
	c.write(assigned, 0)
	c.note(0, "%s added: %s", assigned, why)
}

// finish returns the result.
func (c *converter) finish() *Result {
	slices.SortStableFunc(c.notes, func(a, b Note) int { return noteRank(a) - noteRank(b) })
	r := &Result{Secret: c.secret, Notes: c.notes}
	if !slices.ContainsFunc(c.notes, func(n Note) bool { return n.Refused }) {
		r.TOML = []byte(c.text())
	}
	return r
}

// noteRank sorts notes by line, those about none last.
func noteRank(n Note) int {
	if n.Line == 0 {
		return 1 << 30
	}
	return n.Line
}

func (c *converter) text() string {
	var b strings.Builder
	for _, l := range c.out {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

// show quotes what somebody wrote, so that it stays one readable line.
func show(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
