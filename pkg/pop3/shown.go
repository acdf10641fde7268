package pop3

import (
	"bytes"
	"fmt"
	"strings"
)

// shown returns a line of the client without any secret, wherever the client has put
// one: the name of a command, followed by arguments only if they are numbers of
// messages after the login, a SASL mechanism or a language. Anything else is replaced
// with the length of the line. No octet of the client is copied but digits.
func (s *session) shown(line []byte) string {
	if s.auth.exchange != nil {
		return hidden("", len(line))
	}
	own := authorizationCommands
	if s.loggedIn() {
		own = transactionCommands
	}
	c, rest := lookup(line, own, commonCommands)
	switch {
	case c == nil:
		return hidden(keyword(line), len(line))
	case len(line) == len(c.name):
		return c.name
	}
	if public := s.publicArguments(c, strings.Fields(string(rest))); public != "" {
		return public
	}
	return hidden(c.name, len(line))
}

// publicArguments returns the command with its arguments if all of them may be shown,
// "" otherwise.
func (s *session) publicArguments(c *command, args []string) string {
	switch {
	case len(args) < max(1, c.min) || len(args) > c.max:
		return ""
	case c.name == "AUTH":
		return s.publicMechanism(args)
	case c.name == "LANG":
		if l := findLanguage(args[0]); l != nil && strings.EqualFold(l.tag, args[0]) {
			return c.name + " " + l.tag
		}
		return ""
	case !s.loggedIn():
		return ""
	}
	for _, a := range args {
		if !isNumber(a) {
			return ""
		}
	}
	return c.name + " " + strings.Join(args, " ")
}

// publicMechanism returns AUTH with the name of a mechanism that the server has, and the
// length of an initial response.
func (s *session) publicMechanism(args []string) string {
	for i := range s.backend.Mechanisms {
		name := s.backend.Mechanisms[i].Name
		if !strings.EqualFold(name, args[0]) {
			continue
		}
		if len(args) == 1 {
			return "AUTH " + name
		}
		return hidden("AUTH "+name, len(args[1]))
	}
	return ""
}

// maxDigits bounds the numbers that are shown.
const maxDigits = 10

// isNumber reports whether text is the number of a message or of lines.
func isNumber(text string) bool {
	return text != "" && len(text) <= maxDigits && strings.Trim(text, "0123456789") == ""
}

// keyword returns the command that the first word of line names in any state, "" if
// there is none.
func keyword(line []byte) string {
	words := bytes.Fields(line)
	if len(words) == 0 {
		return ""
	}
	if c, _ := lookup(words[0], authorizationCommands, transactionCommands, commonCommands); c != nil {
		return c.name
	}
	return ""
}

// hidden returns what is shown of so many octets.
func hidden(known string, octets int) string {
	return strings.TrimPrefix(fmt.Sprintf("%s (%d octets)", known, octets), " ")
}
