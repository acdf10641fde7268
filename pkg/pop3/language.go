package pop3

import (
	"context"
	"fmt"
	"strings"
)

// language is a language of replies (RFC 6856 §3).
type language struct {
	tag, name string              // name is in the language itself
	texts     []map[string]string // translations of the English texts; nil is English
}

// languages are in the order of the listing. The first is the default.
var languages = []language{
	{"i-default", "Default language", nil}, // RFC 2277 §4.5
	{"en", "English", nil},
	{"ja", "日本語", []map[string]string{japaneseReplies, japaneseErrors}},
}

// handleUTF8 changes nothing: messages are sent as they are stored, and
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

// findLanguage returns the language for a range, nil without one. A range
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

// translateFormat returns a reply's text in a language, with args for its verbs.
func translateFormat(tag, text string, args []any) string {
	text = translate(tag, text)
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// translate returns a text in a language, or unchanged if there is no
// translation: the text of an error may come from another package.
func translate(tag, text string) string {
	if tag == "" {
		return text
	}
	l := findLanguage(tag)
	if l == nil {
		return text
	}
	for _, texts := range l.texts {
		if translated := texts[text]; translated != "" {
			return translated
		}
	}
	return text
}
