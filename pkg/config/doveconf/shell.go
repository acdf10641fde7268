package doveconf

import "regexp"

// shellSafe are texts that a shell does not change. The report has commands that an
// operator may run as root, but names in them come from a file.
var shellSafe = regexp.MustCompile(`^[A-Za-z0-9%_+@./,:-][A-Za-z0-9%_+@./,:=-]*$`)

// shellWord returns a text for a command in the report, or instead if a shell would
// read it as something else.
func shellWord(text, instead string) string {
	if shellSafe.MatchString(text) {
		return text
	}
	return instead
}
