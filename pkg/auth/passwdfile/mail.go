package passwdfile

import (
	"fmt"
	"slices"
	"strings"
)

// mailOptions are the options of Dovecot's mail location that do not change where
// the messages of the INBOX are.
var mailOptions = []string{
	"INDEX", "INDEXPVT", "INDEXCACHE", "CONTROL", "LAYOUT", "SUBSCRIPTIONS", "VOLATILEDIR", "LISTINDEX",
	"UTF-8", "BROKENCHAR", "NO-NOSELECT", "ITERINDEX", "NO-FS-VALIDATION",
}

// path returns the path of the Maildir of login's INBOX, empty if no field sets it.
func (e extraFields) path(login, home string) (string, error) {
	format, path, inbox := e.driver, e.mail, e.inbox
	if prefix, rest, ok := strings.Cut(e.mail, ":"); ok {
		var err error
		if format, path, inbox, err = parseMailLocation(prefix, rest, e.inbox); err != nil {
			return "", err
		}
		if path == "" && inbox == "" {
			return "", fmt.Errorf("mail location %q has no path", e.mail)
		}
	}
	if format != "" && !strings.EqualFold(format, "maildir") {
		return "", fmt.Errorf("mail format %q is not supported", format)
	}
	if inbox != "" {
		path = inbox
	}
	return expandPath(path, login, home)
}

// parseMailLocation reads Dovecot's format:path:OPTION=value:… . The option INBOX
// overrides inbox.
func parseMailLocation(format, rest, inbox string) (string, string, string, error) {
	options := strings.Split(rest, ":")
	for _, option := range options[1:] {
		name, value, _ := strings.Cut(option, "=")
		if name == "INBOX" {
			inbox = value
		} else if !slices.Contains(mailOptions, name) {
			return "", "", "", fmt.Errorf("option %q of the mail location is not supported", name)
		}
	}
	return format, options[0], inbox, nil
}

// expandPath replaces a leading ~/ and Dovecot's variables, in their short form and
// in that of version 2.4.
func expandPath(path, login, home string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		if rest != "" && rest[0] != '/' {
			return "", fmt.Errorf("path %q: home directories of other users are not supported", path)
		}
		path = "%h" + rest
	}
	var expanded strings.Builder
	for {
		text, rest, found := strings.Cut(path, "%")
		expanded.WriteString(text)
		if !found {
			return expanded.String(), nil
		}
		name := rest[:min(1, len(rest))]
		path = rest[len(name):]
		if name == "{" {
			if name, path, found = strings.Cut(path, "}"); !found {
				return "", fmt.Errorf("variable %q has no closing brace", "%{"+name)
			}
		}
		value, err := variable(name, login, home)
		if err != nil {
			return "", err
		}
		expanded.WriteString(value)
	}
}

// variable returns the value of %name or %{name}. An empty value is an error:
// without it the path would be that of another user, or the same for all users. So
// is a value that would lead to another directory.
func variable(name, login, home string) (string, error) {
	if name == "%" {
		return "%", nil
	}
	value, ok := variableValue(name, login, home)
	isHome := name == "h" || name == "home"
	switch {
	case !ok:
		return "", fmt.Errorf("variable %q is not supported", name)
	case value == "":
		return "", fmt.Errorf("variable %q is empty", name)
	case !isHome && (strings.Contains(value, "/") || value == "." || value == ".."):
		return "", fmt.Errorf("variable %q is %q, which is not the name of a directory", name, value)
	}
	return value, nil
}

// variableValue returns the value of a variable, and whether there is such a
// variable.
func variableValue(name, login, home string) (string, bool) {
	local, domain, _ := strings.Cut(login, "@")
	switch name {
	case "h", "home":
		return home, true
	case "u", "user":
		return login, true
	case "n", "username", "user|username":
		return local, true
	case "d", "domain", "user|domain":
		return domain, true
	}
	return "", false
}
