package main

import (
	"fmt"
	"strings"
	"unicode"
)

// language is one in which there are pages.
type language struct {
	folder     string // of its pages, below man
	catalog    string // file of its message catalog
	comma      string // as the last argument of a macro
	stop       string
	endOfTitle string                                // what keeps mandoc(1) from taking a title's end for a delimiter
	translate  func(word string) (string, error)     // of the words in words.go and the forms below
	choose     func(english, japanese string) string // one of the two texts of a declaration
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
		breakLines: func(text string) string { return text }, // the declarations have the breaks
	},
}

// lineWidth is where lines are broken, in columns, as mandoc(1) wants it.
const lineWidth = 78

// columns returns how wide a text is. All that is written here beyond ASCII is
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

// breakLines begins a new line at each sentence and at the width.
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

// japaneseForms are sentences with a list of names at the end, after which a
// full stop follows. Lists stay as they are.
var japaneseForms = []struct{ english, before, after string }{
	{"One of ", "次のいずれか: ", "。"},
	{"One or more of ", "次のうちの一つ以上: ", "。"},
	{"Requires ", "", " が必要。"},
	{"Not available with ", "", " では使えない。"},
}

// toJapanese translates a word of this program, or a sentence of one of the
// forms.
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

// isNames reports whether text is a list of values that needs no translation:
// words with commas between them and a full stop at the end.
func isNames(text string) bool {
	text, ok := strings.CutSuffix(text, ".")
	for name := range strings.SplitSeq(text, ", ") {
		ok = ok && name != "" && !strings.Contains(name, " ")
	}
	return ok
}
