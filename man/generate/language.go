package main

import (
	"fmt"
	"strings"
	"unicode"
)

// language is a language of the manual pages.
type language struct {
	folder     string // directory of its pages, below man
	catalog    string // file of its message catalog
	comma      string // as the last argument of a macro
	stop       string
	endOfTitle string                                // prevents mandoc(1) from treating the end of a title as a delimiter
	translate  func(word string) (string, error)     // translates the words in words.go and the forms below
	choose     func(english, japanese string) string // selects one of the two texts of a declaration
	breakLines func(text string) string
}

var languages = []*language{
	{
		catalog: "systemd/tpops.catalog",
		comma:   ",", stop: ".",
		translate:  func(english string) (string, error) { return english, nil },
		choose:     func(english, _ string) string { return english },
		breakLines: breakLines,
	},
	{
		folder: "ja", catalog: "systemd/tpops.ja.catalog", comma: "Ns 、", stop: "Ns 。", endOfTitle: `\&`,
		translate:  toJapanese,
		choose:     func(_, japanese string) string { return japanese },
		breakLines: func(text string) string { return text }, // the declarations contain the line breaks
	},
}

// lineWidth is the maximum width of a line, in columns, as recommended by mandoc(1).
const lineWidth = 78

// columns returns the width of a text. All characters outside ASCII that occur here are
// two columns wide.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > unicode.MaxASCII {
			n++
		}
	}
	return n
}

// breakLines starts a new line at each sentence and at the maximum width.
func breakLines(text string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		ended := strings.HasSuffix(line, ".") && startsUpper(word)
		if line != "" && (ended || columns(line)+1+columns(word) > lineWidth) {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

func startsUpper(word string) bool { return word[0] >= 'A' && word[0] <= 'Z' }

// japanese is a text in both languages.
type japanese struct{ english, japanese string }

// japaneseForms are sentences that end with a list of names and a full stop. The lists
// are not translated.
var japaneseForms = []struct{ english, before, after string }{
	{"One of ", "次のいずれか: ", "。"},
	{"One or more of ", "次のうちの一つ以上: ", "。"},
	{"Requires ", "", " が必要。"},
	{"Not available with ", "", " では使えない。"},
	{"Deprecated since ", "", " から非推奨。"},
	{"Replaced by ", "代わりに ", " を使う。"},
}

// toJapanese translates a word of this program, or a sentence in one of the forms.
func toJapanese(english string) (string, error) {
	for _, row := range japaneseWords {
		if row.english == english {
			return row.japanese, nil
		}
	}
	for _, form := range japaneseForms {
		if names, ok := strings.CutPrefix(english, form.english); ok && isNames(names) {
			return breakLines(form.before + strings.TrimSuffix(names, ".") + form.after), nil
		}
	}
	return "", fmt.Errorf("%q", english)
}

// isNames reports whether text is a list of values that needs no translation: words
// separated by commas, with a full stop at the end.
func isNames(text string) bool {
	text, ok := strings.CutSuffix(text, ".")
	for name := range strings.SplitSeq(text, ", ") {
		ok = ok && name != "" && !strings.Contains(name, " ")
	}
	return ok
}
