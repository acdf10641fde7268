package auth

import (
	"fmt"
	"slices"
	"strings"
)

// MailLocation is where the mail of a user is, in the words of Dovecot. A field that is
// missing is "".
type MailLocation struct {
	Mail   string // format:path:OPTION=value:…, or a path
	Driver string // format, if Mail has none
	Inbox  string // path of the INBOX, if it is not that of Mail
}

// mailOptions are the options of Dovecot's mail location that do not change where the
// messages of the INBOX are.
var mailOptions = []string{
	"INDEX", "INDEXPVT", "INDEXCACHE", "CONTROL", "SUBSCRIPTIONS", "VOLATILEDIR", "LISTINDEX",
	"UTF-8", "BROKENCHAR", "NO-NOSELECT", "ITERINDEX", "NO-FS-VALIDATION",
}

// Path returns the path of the Maildir of the INBOX as it is written, with variables,
// "" if the location has none. The error names a format or an option that is not
// supported.
func (l MailLocation) Path() (string, error) {
	format, path, inbox := l.Driver, l.Mail, l.Inbox
	if prefix, rest, ok := strings.Cut(l.Mail, ":"); ok {
		var err error
		if format, path, inbox, err = parseMailLocation(prefix, rest, l.Inbox); err != nil {
			return "", err
		}
		if path == "" && inbox == "" {
			return "", fmt.Errorf("mail location %q has no path", l.Mail)
		}
	}
	if format != "" && !strings.EqualFold(format, "maildir") {
		return "", fmt.Errorf("mail format %q is not supported", format)
	}
	if inbox != "" {
		path = inbox
	}
	return path, nil
}

// parseMailLocation reads format:path:OPTION=value:… . The option INBOX overrides inbox.
func parseMailLocation(format, rest, inbox string) (string, string, string, error) {
	options := strings.Split(rest, ":")
	for _, option := range options[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch {
		case name == "INBOX":
			inbox = value
		case slices.Contains(mailOptions, name):
		case name != "LAYOUT":
			return "", "", "", fmt.Errorf("option %q of the mail location is not supported", name)
		case !isFolderLayout(value):
			return "", "", "", fmt.Errorf("layout %q of the mail location is not supported", value)
		}
	}
	return format, options[0], inbox, nil
}

// isFolderLayout reports whether the INBOX is the Maildir itself with a layout. In capital
// letters Dovecot has it in a directory below.
func isFolderLayout(layout string) bool { return layout == "maildir++" || layout == "fs" }
