package doveconf

import (
	"fmt"
	"regexp"
	"strings"

	"tpops/pkg/config/draft"
)

// maxDepth limits sections in sections. Dovecot itself needs four.
const maxDepth = 16

// hiddenValue is what doveconf prints for a secret.
const hiddenValue = "# hidden, use -P to show it"

// versionLine is the first line that doveconf prints.
var versionLine = regexp.MustCompile(`^# (\d+\.\d+)(\.[0-9A-Za-z.+~-]+)? \([0-9a-f]*\): `)

// file is the output of doveconf.
type file struct {
	*section
	version string // 2.3 or 2.4
	full    string // the whole version
}

// parser reads the output of doveconf line by line.
type parser struct {
	name string
	line int
	open []*section // from the file to the innermost section
}

// parse reads the output of doveconf -n. The error names the line.
func parse(name, text string) (*file, error) {
	f := &file{section: &section{at: draft.Place{File: name}}}
	first, _, _ := strings.Cut(strings.TrimPrefix(text, "\ufeff"), "\n")
	found := versionLine.FindStringSubmatch(strings.TrimSuffix(first, "\r"))
	if found == nil {
		return nil, fmt.Errorf("%s:1: not the output of doveconf -n, which begins with a line such as # 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf", name)
	}
	f.version, f.full = found[1], found[1]+found[2]
	if f.version != "2.3" && f.version != "2.4" {
		return nil, fmt.Errorf("%s:1: Dovecot %s is not supported: only 2.3 and 2.4 are", name, f.version)
	}
	p := &parser{name: name, open: []*section{f.section}}
	for line := range strings.SplitSeq(text, "\n") {
		p.line++
		if err := p.read(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.line, err)
		}
	}
	if last := p.open[len(p.open)-1]; len(p.open) > 1 {
		return nil, fmt.Errorf("%s: the section %.60q is not closed: the output is not complete", last.at, last.title())
	}
	return f, nil
}

// read reads a line.
func (p *parser) read(line string) error {
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line == "}":
		if len(p.open) == 1 {
			return fmt.Errorf("} without a section")
		}
		p.open = p.open[:len(p.open)-1]
		return nil
	case strings.HasPrefix(line, "doveconf: "):
		return fmt.Errorf("a message of doveconf: store its output without its messages (doveconf -n > FILE)")
	}
	if name, value, ok := cutSetting(line); ok {
		return p.setting(name, value)
	}
	if head, ok := strings.CutSuffix(line, "{"); ok {
		return p.section(strings.TrimSpace(head))
	}
	return fmt.Errorf("neither a setting nor a section") // It is not shown: it may be a line of a private key.
}

// cutSetting splits a setting. The name is one word, without quotes.
func cutSetting(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	return name, strings.TrimSpace(value), ok && name != "" && !strings.ContainsAny(name, "\" \t{}")
}

// setting adds a setting to the innermost section.
func (p *parser) setting(name, value string) error {
	s := setting{name: name, at: draft.Place{File: p.name, Line: p.line}}
	if s.hidden = value == hiddenValue; !s.hidden {
		var err error
		if s.value, err = unquote(value); err != nil {
			return err
		}
	}
	in := p.open[len(p.open)-1]
	in.settings = append(in.settings, s)
	return nil
}

// section opens a section.
func (p *parser) section(head string) error {
	kind, label, _ := strings.Cut(head, " ")
	if kind == "" {
		return fmt.Errorf("a section without a name")
	}
	if len(p.open) > maxDepth {
		return fmt.Errorf("more than %d sections in each other", maxDepth)
	}
	label, err := unquote(strings.TrimSpace(label))
	if err != nil {
		return err
	}
	s := &section{kind: kind, label: label, at: draft.Place{File: p.name, Line: p.line}}
	in := p.open[len(p.open)-1]
	in.sections = append(in.sections, s)
	p.open = append(p.open, s)
	return nil
}

// unquote removes double quotes around a value, and the backslashes in it.
func unquote(value string) (string, error) {
	if value == "" || value[0] != '"' {
		return value, nil
	}
	var b strings.Builder
	for i := 1; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		case value[i] == '"' && i == len(value)-1:
			return b.String(), nil
		case value[i] == '"':
			return "", fmt.Errorf("text after the closing quote")
		default:
			b.WriteByte(value[i])
		}
	}
	return "", fmt.Errorf("a quote is not closed")
}
