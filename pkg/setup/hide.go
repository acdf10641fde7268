package setup

import (
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"tpops/pkg/config"
	"tpops/pkg/config/tomlplace"
)

// hidden is shown for a secret.
const hidden = "(secret)"

// secretLine matches a line that has a secret, also one that is no TOML, such as a comment.
// The first key of the line counts: what looks like a key after it may be of the secret.
var secretLine = regexp.MustCompile(`^((?:.*?[\s.{,"'#])??(?:(?:mysql-)?passwd|(?:oauth-)?(?:client-)?secret)["']?\s*=).*`)

// HideSecrets returns the text of a configuration file without the values of its secrets,
// to show it. The number of lines stays.
func HideSecrets(text string) string {
	lines := strings.Split(text, "\n")
	hideValues(text, lines)
	for i, line := range lines {
		lines[i] = secretLine.ReplaceAllString(line, "$1 "+hidden)
	}
	return strings.Join(lines, "\n")
}

// hideValues hides the values of secrets in the lines of a text, if it is TOML.
func hideValues(text string, lines []string) {
	document, err := tomlplace.Read(text)
	if err != nil {
		return
	}
	var tree map[string]any
	meta, _ := toml.Decode(text, &tree)
	for _, key := range meta.Keys() {
		place, ok := document.Find(key)
		name := strings.Join(key, "-")
		if ok && slices.ContainsFunc(config.Params(), func(p config.Param) bool { return p.Name == name && p.Kind == config.KindSecret }) {
			hideValue(strings.Split(text, "\n"), lines, place.Value)
		}
	}
}

// hideValue hides the value at a place, and what follows in its last line.
func hideValue(text, lines []string, place tomlplace.Place) {
	first := place.Line - 1
	if first < 0 || first >= len(text) {
		return
	}
	line := []rune(text[first])
	at := min(max(place.Col-1, 0), len(line))
	rest := string(line[at:]) + "\n" + strings.Join(text[first+1:], "\n")
	lines[first] = string([]rune(lines[first])[:min(at, len([]rune(lines[first])))]) + hidden
	for i := first + 1; i <= first+linesBelow(rest) && i < len(lines); i++ {
		lines[i] = hidden
	}
}

// linesBelow returns how many lines after the first one the value has with which a text
// begins. All are those of a list, which no secret is.
func linesBelow(text string) int {
	for _, quotes := range []string{`"""`, `'''`} {
		if value, ok := strings.CutPrefix(text, quotes); ok {
			return strings.Count(value[:closing(value, quotes)], "\n")
		}
	}
	if strings.HasPrefix(text, "[") {
		return strings.Count(text, "\n")
	}
	return 0
}

// closing returns the index of the quotes that end a string, or the length of the text.
func closing(text, quotes string) int {
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], quotes):
			return i
		case text[i] == '\\' && quotes == `"""`:
			i++ // An escaped quote does not end it.
		}
	}
	return len(text)
}
