package oldconf

import (
	"strings"
	"unicode/utf8"

	"tpops/pkg/config"
	"tpops/pkg/config/draft"
)

// convert converts a line.
func (c *converter) convert(l line) {
	switch l.kind {
	case blank:
		c.write("", l.number)
	case comment:
		c.comment(l, "comment", "kept")
	case section:
		c.comment(l, "section", "ignored, as in 0.8; kept as a comment")
	default:
		c.setting(l)
	}
}

// comment keeps a line as a comment, if TOML allows its characters.
func (c *converter) comment(l line, what, done string) {
	if !isText(l.text) {
		c.note(l.number, draft.Done, "%s: omitted: it is not UTF-8, or contains control characters", what)
		return
	}
	// It may be a setting that was commented out.
	if strings.Contains(l.text, "mysql-passwd") {
		c.secret = true
	}
	c.write("# "+strings.TrimLeft(strings.TrimPrefix(l.text, "#"), " "), l.number)
	c.note(l.number, draft.Done, "%s: %s", what, done)
}

func (c *converter) setting(l line) {
	param, ok := findOld(l.name)
	if !ok {
		c.reject(l.number, "0.8 has no parameter %s", show(l.name))
		return
	}
	p := c.today[param.name]
	value, hasValue := c.value(l, p)
	last := c.last[param.name]
	switch {
	case p.CommandLine:
		c.leaveOut(l, p, "it is allowed only on the command line")
	case last != l.number:
		c.note(l.number, draft.Done, "%s: omitted: line %d sets it again", l.name, last)
	case c.isUnset(l, p):
		c.leaveOut(l, p, "its value is empty")
	case !hasValue:
		c.reject(l.number, "%s: needs a value", l.name)
	case !utf8.ValidString(value):
		c.reject(l.number, "%s: not UTF-8: convert the file with iconv first", l.name)
	default:
		c.keep(l, param, p, value)
	}
}

// keep writes a setting, if it has an effect.
func (c *converter) keep(l line, param oldParam, p config.Param, value string) {
	if why := c.withoutEffect(p); why != "" {
		c.leaveOut(l, p, why)
		return
	}
	if check := c.checks[p.Name]; check != nil {
		if err := check(value); err != nil {
			c.reject(l.number, "%s: %v", l.name, err)
			return
		}
	}
	c.secret = c.secret || p.Kind == config.KindSecret
	done := "kept"
	if l.name != p.Name {
		done = "kept as " + p.Name
	}
	kind, remark := c.assign(p, value, l.number)
	done += remark
	if odd := oddities(p, value); odd != "" {
		kind, done = max(kind, draft.ToKnow), done+"; "+odd
	}
	for _, advice := range []string{param.advice, c.unwritable(p, value)} {
		if advice != "" {
			kind, done = max(kind, draft.ToDo), done+"; "+advice
		}
	}
	c.note(l.number, kind, "%s: %s", l.name, done)
}

// leaveOut keeps a setting as a comment, without a secret.
func (c *converter) leaveOut(l line, p config.Param, why string) {
	c.note(l.number, draft.Done, "%s: omitted: %s", l.name, why)
	if p.Kind != config.KindSecret && isText(l.text) {
		c.write("# Omitted, "+why+":", l.number)
		c.write("#"+l.text, l.number)
	}
}

// oddities returns a warning about a value that may have been meant differently.
func oddities(p config.Param, value string) string {
	first, last := value[0], value[len(value)-1]
	switch {
	case p.Optional && value == p.Default && p.Default != "":
		return value + " means that it is not set"
	case len(value) > 1 && first == last && (first == '"' || first == '\''):
		return "the quotes are part of the value"
	case strings.Contains(value, " #"):
		return "the # and what follows are part of the value"
	}
	return ""
}
