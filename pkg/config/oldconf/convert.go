package oldconf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config"
	"tpops/pkg/config/draft"
)

// Result is the result of a conversion.
type Result struct {
	TOML   []byte       // the new file; nil if a line was rejected
	Secret bool         // the new file contains a password, perhaps in a comment
	Notes  []draft.Note // in the order of the old file; notes about no line come last
}

// Rejected reports whether a line was rejected, so that there is no new file.
func (r *Result) Rejected() bool { return r.TOML == nil }

// Checks has functions by the name of the parameter. Each returns why a value
// cannot be used, if only its use shows this.
type Checks map[string]func(value string) error

// Convert converts an old file and returns a note for each line that is
// not blank. The order and the comments are kept. Where a default has changed, a
// line with the old one is added. hostname is the output of uname -n. An error
// means that the new file could not be checked; it is not an error in the old one.
func Convert(old draft.Input, hostname string, checks Checks) (*Result, error) {
	c := &converter{name: old.Name, today: today(), values: map[string]string{}, last: map[string]int{}, checks: checks}
	lines := parseLines(old.Text)
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

// converter holds the state of Convert.
type converter struct {
	name   string // of the old file
	today  table
	values map[string]string // by name, of the parameters that are set
	last   map[string]int    // the line that sets a parameter last
	checks Checks
	out    []outLine
	notes  []draft.Note
	secret bool
}

// outLine is a line of the new file, and the line of the old one it is from.
type outLine struct {
	text    string
	from    int
	checked string // what the server would read without the # before it
}

func (c *converter) write(text string, from int) {
	c.out = append(c.out, outLine{text: text, from: from, checked: text})
}

// assign writes a parameter. What the units of the packages replace is a comment, except
// for inetd, which uses no unit. It returns what the report adds.
func (c *converter) assign(p config.Param, value string, from int) (kind draft.Kind, remark string) {
	if c.effective("inetd") == "yes" {
		c.write(draft.Assignment(p, value), from)
		return draft.Done, ""
	}
	for _, text := range draft.Lines(p, value) {
		c.write(text, from)
	}
	c.out[len(c.out)-1].checked = draft.Assignment(p, value)
	return draft.ServiceRemark(p.Name, value)
}

// note adds a note about a line of the old file; 0 is no line.
func (c *converter) note(at int, kind draft.Kind, format string, values ...any) {
	c.notes = append(c.notes, draft.Note{At: draft.Place{File: c.name, Line: at}, Kind: kind, Text: fmt.Sprintf(format, values...)})
}

// reject adds a reason why there is no new file.
func (c *converter) reject(at int, format string, values ...any) {
	c.note(at, draft.Needed, "rejected: "+format, values...)
}

// collect finds the value of each parameter. The last of several lines counts.
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

// isUnset reports whether a line unsets a parameter.
func (c *converter) isUnset(l line, p config.Param) bool {
	return l.hasValue && l.value == "" && p.Optional
}

// keepDefaults adds lines with the defaults of 0.8 that have changed since.
func (c *converter) keepDefaults() {
	for _, param := range old {
		p := c.today[param.name]
		_, isSet := c.values[param.name]
		if isSet || param.byDefault == "" || param.byDefault == p.Default {
			continue
		}
		c.add(p, param.byDefault, draft.Done, "the default of 0.8")
	}
	for _, a := range added {
		c.add(c.today[a.name], a.value, draft.ToKnow, a.why)
	}
	for _, text := range differences {
		c.note(0, draft.ToKnow, "%s", text)
	}
}

// add writes a line that the old file did not have.
func (c *converter) add(p config.Param, value string, kind draft.Kind, why string) {
	if c.withoutEffect(p) != "" {
		return
	}
	assigned := draft.Assignment(p, value)
	c.write("", 0)
	c.write("# "+strings.ToUpper(why[:1])+why[1:]+".", 0)
	c.write(assigned, 0)
	c.note(0, kind, "%s added: %s", assigned, why)
}

// finish returns the result.
func (c *converter) finish() *Result {
	slices.SortStableFunc(c.notes, func(a, b draft.Note) int { return noteRank(a) - noteRank(b) })
	r := &Result{Secret: c.secret, Notes: c.notes}
	if !slices.ContainsFunc(c.notes, isRejection) {
		r.TOML = []byte(c.text())
	}
	return r
}

// noteRank sorts notes by line, those about no line last.
func noteRank(n draft.Note) int {
	if n.At.Line == 0 {
		return 1 << 30
	}
	return n.At.Line
}

// isRejection reports whether a note is a reason why there is no new file.
func isRejection(n draft.Note) bool { return n.Kind == draft.Needed }

func (c *converter) text() string { return c.lines(func(l outLine) string { return l.text }) }

// lines returns the new file, with what of returns for each line.
func (c *converter) lines(of func(outLine) string) string {
	var b strings.Builder
	for _, l := range c.out {
		b.WriteString(of(l) + "\n")
	}
	return b.String()
}

// show quotes a value, so that it stays one readable line.
func show(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
