// Package sqltext reads and writes the little of MySQL's SQL that the conversion of
// queries for users needs.
package sqltext

import (
	"errors"
	"regexp"
	"strings"
)

var fromWord = regexp.MustCompile(`(?i)^from[^\w$]`)

// SelectList splits the text after SELECT at its commas, up to FROM. It fails if a
// parenthesis is not closed.
func SelectList(text string) ([]string, error) {
	var items []string
	start, depth := 0, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case strings.IndexByte("'\"`", c) >= 0:
			i = closing(text, i)
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && c == ',':
			items, start = append(items, text[start:i]), i+1
		case depth == 0 && isFrom(text, i):
			return append(items, text[start:i]), nil
		}
	}
	if depth != 0 {
		return nil, errors.New("a parenthesis is not closed")
	}
	return append(items, text[start:]), nil
}

// isFrom reports whether the word FROM is at i.
func isFrom(text string, i int) bool {
	return i > 0 && (text[i-1] <= ' ' || text[i-1] == ')') && fromWord.MatchString(text[i:])
}

// closing returns the index of the quote that closes the one at i.
func closing(text string, i int) int {
	quote := text[i]
	for i++; i < len(text) && text[i] != quote; i++ {
		if text[i] == '\\' && quote != '`' {
			i++
		}
	}
	return i
}

// Quote returns a literal for mysql-auth-query, in which a percent sign is doubled.
func Quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, `%`, `%%`).Replace(text) + "'"
}
