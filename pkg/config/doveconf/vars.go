package doveconf

import (
	"fmt"
	"strings"
)

// The variables that TPOPS knows too.
const (
	varUser   = 'u' // the login name
	varLocal  = 'n' // its part before @
	varDomain = 'd' // its part after @
	varHome   = 'h' // the home directory
)

// part is a text, or a variable.
type part struct {
	text     string
	variable byte // 0 for a text
	lower    bool // the variable in lower case
}

// template is a value with variables.
type template []part

// longNames are the variables in braces. Those of 2.3 and 2.4 do not contradict each
// other.
var longNames = map[string]byte{
	"user": varUser, "username": varLocal, "domain": varDomain, "home": varHome,
	"user|username": varLocal, "user|domain": varDomain,
}

// parseTemplate reads a value with variables of 2.3, such as %Lu, and of 2.4, such as
// %{user | username | lower}. The protocol becomes the text pop3.
func parseTemplate(text string) (template, error) {
	var t template
	for {
		before, rest, found := strings.Cut(text, "%")
		t = t.addText(before)
		if !found {
			return t, nil
		}
		p, n, err := parseVariable(rest)
		if err != nil {
			return nil, err
		}
		if text = rest[n:]; p.variable == 0 {
			t = t.addText(p.text)
		} else {
			t = append(t, p)
		}
	}
}

// addText adds a text, to the last part if that is a text.
func (t template) addText(text string) template {
	if text == "" {
		return t
	}
	if n := len(t); n > 0 && t[n-1].variable == 0 {
		t[n-1].text += text
		return t
	}
	return append(t, part{text: text})
}

// parseVariable reads a variable after its percent sign. It returns its length too.
func parseVariable(text string) (part, int, error) {
	var p part
	n := 0
	if strings.HasPrefix(text, "L") {
		p.lower, n = true, 1
	}
	if n == len(text) {
		return p, 0, fmt.Errorf("a percent sign at the end")
	}
	switch c := text[n]; c {
	case '%':
		return part{text: "%"}, n + 1, nil
	case varUser, varLocal, varDomain, varHome:
		p.variable = c
		return p, n + 1, nil
	case 's':
		return part{text: "pop3"}, n + 1, nil
	case '{':
		name, _, ok := strings.Cut(text[n+1:], "}")
		if !ok {
			return p, 0, fmt.Errorf("the variable %.40q has no closing brace", "%"+text)
		}
		p, err := longVariable(name, p.lower)
		return p, n + len(name) + 2, err
	}
	if text[n] == 'c' {
		return p, 0, fmt.Errorf("it depends on %%c, whether the connection has TLS")
	}
	return p, 0, fmt.Errorf("TPOPS has no variable %q", "%"+firstRune(text[n:]))
}

// longVariable reads the name of a variable and its filters.
func longVariable(name string, lower bool) (part, error) {
	words := strings.Split(name, "|")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	for n := len(words); n > 1 && words[n-1] == "lower"; n = len(words) {
		words, lower = words[:n-1], true
	}
	if words[0] == "protocol" || words[0] == "service" {
		return part{text: "pop3"}, check(len(words) == 1, name)
	}
	for i := 1; i < len(words)-1; i++ {
		if words[i] == "lower" { // The order of filters makes no difference.
			words, lower = append(words[:i:i], words[i+1:]...), true
		}
	}
	variable, ok := longNames[strings.Join(words, "|")]
	return part{variable: variable, lower: lower}, check(ok, name)
}

// check returns an error about a variable unless ok.
func check(ok bool, name string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("TPOPS has no variable %.60q", "%{"+name+"}")
}

// firstRune returns the first character of text.
func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// isFixed reports whether t has no variable.
func (t template) isFixed() bool {
	for _, p := range t {
		if p.variable != 0 {
			return false
		}
	}
	return true
}

// String returns t in the syntax of a passwd-file of TPOPS, without regard to case.
func (t template) String() string {
	var b strings.Builder
	for _, p := range t {
		if p.variable != 0 {
			b.WriteString("%" + string(p.variable))
			continue
		}
		b.WriteString(strings.ReplaceAll(p.text, "%", "%%"))
	}
	return b.String()
}

// belowHome returns the path of t below the home directory, if it is one without
// variables.
func (t template) belowHome() (path string, ok bool) {
	if len(t) == 0 {
		return "", false
	}
	rest := t
	if t[0].variable == varHome && !t[0].lower {
		rest = t[1:]
		if len(rest) == 0 {
			return ".", true
		}
		path, ok = strings.CutPrefix(rest[0].text, "/")
	} else {
		path, ok = strings.CutPrefix(t[0].text, "~/")
	}
	path = strings.TrimRight(path, "/")
	if path == "" {
		path = "." // the home directory itself
	}
	return path, ok && len(rest) == 1
}
