package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// visible returns text with escapes such as \x1b in the place of what is not printable:
// names of files come from users, and a terminal would obey control characters in them.
// Characters in kept stay.
func visible(text, kept string) string {
	isOdd := func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsPrint(r) && !strings.ContainsRune(kept, r)
	}
	if strings.IndexFunc(text, isOdd) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case !isOdd(r):
			b.WriteRune(r)
		case r == unicode.ReplacementChar && !strings.HasPrefix(text[i:], string(r)):
			fmt.Fprintf(&b, `\x%02x`, text[i]) // an octet that is not UTF-8
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// visibleJSON returns encoded JSON with escapes for the control characters that JSON
// allows in a text: DEL and those of ISO 6429 above it.
func visibleJSON(encoded []byte) string {
	if text := string(encoded); isASCII(text) {
		return text
	}
	var b strings.Builder
	for _, r := range string(encoded) {
		if r >= 0x7F && r < 0xA0 {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
