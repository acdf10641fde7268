package pop3

import (
	"context"
	"fmt"
	"strings"
)

// language is one in which replies can be had (RFC 6856 §3).
type language struct {
	tag, name string            // name is in the language itself
	texts     map[string]string // from what this program says in English; nil is English
}

// languages are in the order of the listing. The first is what everyone gets
// who asks for none.
var languages = []language{
	{"i-default", "Default language", nil}, // RFC 2277 §4.5
	{"en", "English", nil},
	{"ja", "日本語", japanese},
}

// handleUTF8 has nothing to switch: messages are sent as they are stored, and
// names and passwords are octets (RFC 6856 §2.1). Some clients send it after the
// login, and take an error for the end.
func (s *session) handleUTF8(context.Context, []string) (reply, error) {
	return ok("UTF8 enabled")
}

// handleLANG lists the languages, or chooses one for the replies to come (RFC
// 6856 §3.2).
func (s *session) handleLANG(_ context.Context, args []string) (reply, error) {
	if len(args) == 0 {
		r, err := ok("languages follow")
		r.lines = languageLines
		return r, err
	}
	l := findLanguage(args[0])
	if l == nil {
		return reply{}, ErrLanguage
	}
	s.Language = l.tag
	return ok("%s language selected", l.tag)
}

func languageLines(yield func([]byte) bool) {
	for _, l := range languages {
		if !yield([]byte(l.tag + " " + l.name)) {
			return
		}
	}
}

// findLanguage returns the language for a range, nil if there is none. A range
// such as en-GB gets en, as by the lookup of RFC 4647 §3.4.
func findLanguage(wanted string) *language {
	if wanted == "*" {
		return &languages[0]
	}
	for wanted != "" {
		for i := range languages {
			if strings.EqualFold(languages[i].tag, wanted) {
				return &languages[i]
			}
		}
		wanted = wanted[:max(0, strings.LastIndexByte(wanted, '-'))]
	}
	return nil
}

// say returns a reply's text in the session's language.
func (s *session) say(text string, args []any) string {
	text = s.translate(text)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// sayError returns an error's text in the session's language. Its code stays as
// it is.
func (s *session) sayError(err *Error) string {
	translated := Error{Code: err.Code, Text: s.translate(err.Text)}
	return translated.Error()
}

// translate returns a text in the session's language, or as it is if that has
// none: an error's text may come from another package.
func (s *session) translate(text string) string {
	if s.Language == "" {
		return text
	}
	if l := findLanguage(s.Language); l != nil && l.texts[text] != "" {
		return l.texts[text]
	}
	return text
}
