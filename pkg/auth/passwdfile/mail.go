package passwdfile

import (
	"fmt"
	"slices"
	"strings"
)

// mailOptions are the options of Dovecot's mail location that say nothing
// about where the messages of the INBOX are.
var mailOptions = []string{
	"INDEX", "INDEXPVT", "INDEXCACHE", "CONTROL", "LAYOUT", "SUBSCRIPTIONS", "VOLATILEDIR", "LISTINDEX",
	"UTF-8", "BROKENCHAR", "NO-NOSELECT", "ITERINDEX", "NO-FS-VALIDATION",
}

// path returns the path of the Maildir of login's INBOX as the fields say it,
// empty if they do not.
func (e extraFields) path(login, home string) (string, error) {
	format, path, inbox := e.driver, e.mail, e.inbox
	if prefix, rest, ok := strings.Cut(e.mail, ":"); ok {
		options := strings.Split(rest, ":")
		format, path = prefix, options[0]
		for _, option := range options[1:] {
			name, value, _ := strings.Cut(option, "=")
			if name == "INBOX" {
				inbox = value
			} else if !slices.Contains(mailOptions, name) {
				return "", fmt.Errorf("option %q of the mail location is not supported", name)
			}
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

// expandPath replaces a leading ~/ and Dovecot's variables, the short ones and
// those of version 2.4.
func expandPath(path, login, home string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~"); ok {
		if rest != "" && rest[0] != '/' {
			return "", fmt.Errorf("path %q: homes of others are not supported", path)
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
				return "", fmt.Errorf("variable %q has no end", "%{"+name)
			}
		}
		value, err := variable(name, login, home)
		if err != nil {
			return "", err
		}
		expanded.WriteString(value)
	}
}

// variable returns what %name or %{name} stands for. An empty one is refused:
// without it the path would be that of somebody else, or of everybody. So is a
// name that would lead to another directory.
func variable(name, login, home string) (string, error) {
	value := ""
	switch name {
	case "%":
		return "%", nil
	case "h", "home":
		value = home
	case "u", "user":
		value = login
	case "n", "username", "user|username":
		value, _, _ = strings.Cut(login, "@")
	case "d", "domain", "user|domain":
		_, value, _ = strings.Cut(login, "@")
	default:
		return "", fmt.Errorf("variable %q is not supported", name)
	}
	switch {
	case value == "":
		return "", fmt.Errorf("variable %q is empty", name)
	case name != "h" && name != "home" && (strings.Contains(value, "/") || value == "." || value == ".."):
		return "", fmt.Errorf("variable %q is %q, which is not the name of a directory", name, value)
	}
	return value, nil
}
