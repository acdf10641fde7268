package passwdfile

import (
	"fmt"
	"strings"

	"tpops/pkg/auth"
)

// path returns the path of the Maildir of login's INBOX, empty if no field sets it.
func (e extraFields) path(login, home string) (string, error) {
	path, err := auth.MailLocation{Mail: e.mail, Driver: e.driver, Inbox: e.inbox}.Path()
	if err != nil {
		return "", err
	}
	return expandPath(path, login, home)
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
