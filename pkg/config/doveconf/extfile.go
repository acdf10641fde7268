package doveconf

import (
	"regexp"
	"strings"

	"tpops/pkg/config/draft"
)

// parseExt reads a file of SQL settings, such as dovecot-sql.conf.ext of 2.3. It has
// comments, quotes, and lines that a backslash continues. What is not a setting is
// returned as a setting without a name.
func parseExt(name, text string) *section {
	s := &section{at: draft.Place{File: name}}
	var whole string
	number, start := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if whole == "" {
			start = number
		}
		line = strings.TrimSpace(line)
		if line == "" && whole == "" || strings.HasPrefix(line, "#") {
			continue
		}
		whole += cutComment(line)
		if rest, ok := strings.CutSuffix(whole, `\`); ok {
			whole = rest
			continue
		}
		s.add(whole, draft.Place{File: name, Line: start})
		whole = ""
	}
	s.add(whole, draft.Place{File: name, Line: start})
	return s
}

// add adds a line of the file.
func (s *section) add(line string, at draft.Place) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	name, value, ok := cutSetting(line)
	if !ok {
		name, value = "", line
	}
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = unescape(value[1 : n-1])
	}
	s.settings = append(s.settings, setting{name: name, value: value, at: at})
}

// quotedOrComment is a quoted text, or a comment up to the end of the line.
var quotedOrComment = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*`)

// cutComment removes a comment at the end of a line, and blanks before it. A # in
// quotes is no comment.
func cutComment(line string) string {
	for _, found := range quotedOrComment.FindAllStringIndex(line, -1) {
		if line[found[0]] == '#' {
			return strings.TrimSpace(line[:found[0]])
		}
	}
	return line
}

// unescape removes backslashes before other characters.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
