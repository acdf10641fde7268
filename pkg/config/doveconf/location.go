package doveconf

import (
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// location is where the mailboxes are.
type location struct {
	at      draft.Place
	name    string   // of the setting
	path    template // of the INBOX
	control string   // where dovecot-uidlist is, if not in the Maildir
	isSet   bool
}

// noLocation is why there is no new file without a location: TPOPS would show empty
// mailboxes elsewhere.
const noLocation = "the location of the mailboxes cannot be converted"

// harmlessOptions are the options of a mail location that move no message of the
// INBOX.
var harmlessOptions = map[string]bool{
	"INDEX": true, "INDEXPVT": true, "INDEXCACHE": true, "SUBSCRIPTIONS": true, "VOLATILEDIR": true,
	"LISTINDEX": true, "UTF-8": true, "BROKENCHAR": true, "NO-NOSELECT": true, "ITERINDEX": true, "NO-FS-VALIDATION": true,
}

// parseLocation reads a mail location of 2.3.
func parseLocation(text string) (loc location, err error) {
	format, rest, hasFormat := strings.Cut(text, ":")
	switch {
	case hasFormat && !strings.EqualFold(format, "maildir"):
		return loc, formatError(format)
	case !hasFormat:
		return loc, fmt.Errorf("%.60q does not name a format: Dovecot looks which one each user has; write maildir: before it if all are Maildirs", text)
	}
	fields := strings.Split(rest, ":")
	path, layout, err := loc.options(fields[0], fields[1:])
	if err == nil && (path == fields[0] || layout == "index") {
		err = checkLayout(layout)
	}
	if err != nil {
		return loc, err
	}
	return loc, loc.setPath(path)
}

// options reads the options after the path of a mail location, and returns the path of the
// INBOX and the layout.
func (l *location) options(path string, all []string) (inbox, layout string, err error) {
	for _, option := range all {
		name, value, _ := strings.Cut(option, "=")
		switch {
		case name == "INBOX":
			path = value
		case name == "CONTROL":
			l.control = value
		case name == "LAYOUT":
			layout = value
		case !harmlessOptions[name]:
			return "", "", fmt.Errorf("TPOPS does not know the option %.40q of a mail location", name)
		}
	}
	return path, layout, nil
}

// checkLayout returns an error unless Dovecot has the INBOX at the path of the mail
// location with this layout of folders. In capital letters it is another one.
func checkLayout(layout string) error {
	if layout == "" || layout == "maildir++" || layout == "fs" {
		return nil
	}
	return fmt.Errorf("with the layout %.20q the INBOX is in a directory below, which TPOPS does not know; move the mail to a Maildir with the layout maildir++ or fs", layout)
}

// formatError returns why mailboxes of a format cannot be served.
func formatError(format string) error {
	return fmt.Errorf("the mailboxes are %.20q and TPOPS reads only Maildirs; convert them first, for example with doveadm sync", format)
}

// setPath sets the path.
func (l *location) setPath(path string) (err error) {
	if path == "" {
		return fmt.Errorf("no path")
	}
	if l.path, err = parseTemplate(path); err != nil {
		return err
	}
	l.isSet = true
	if first := l.path[0].text; first != "" && first[0] == '~' && first != "~" && first[1] != '/' {
		return fmt.Errorf("%.60q is the home directory of another user", first)
	}
	if l.path[0].text == "~" {
		l.path[0] = part{variable: varHome}
	}
	if strings.HasPrefix(l.path[0].text, "~/") {
		l.path = append(template{{variable: varHome}, {text: l.path[0].text[1:]}}, l.path[1:]...)
	}
	return nil
}

// mailboxes finds where the mailboxes are.
type mailboxes struct{ *conversion }

// location finds the mail location of the INBOX and reports its settings.
func (c mailboxes) location() location {
	var loc location
	var err error
	inbox := c.inbox()
	if c.version == "2.4" {
		loc, err = c.location24(inbox)
	} else {
		loc, err = c.location23(inbox)
	}
	if err != nil {
		c.d.Refuse(loc.at, loc.name, "%v", err)
		loc.isSet = false
	}
	return loc
}

// inbox returns the namespace with the INBOX, or an empty section.
func (c mailboxes) inbox() *section {
	found := &section{}
	for _, n := range c.all("namespace") {
		if n.label == "inbox" && found.kind == "" || n.value("inbox") == "yes" {
			found = n
		}
	}
	return found
}

func (c mailboxes) location23(inbox *section) (location, error) {
	s, isSet := c.setting("mail_location")
	own, isOwn := inbox.find("location")
	if isOwn && own.value != "" {
		s, isSet = own, true
	}
	if !isSet {
		s.at = c.at
	}
	loc, err := parseLocation(s.value)
	loc.at, loc.name = s.at, "mail_location"
	c.reportControl(s.at, "mail_location", loc)
	return loc, err
}

func (c mailboxes) location24(inbox *section) (location, error) {
	pick := func(name string) setting {
		s, ok := inbox.find(name)
		if !ok {
			s, _ = c.setting(name)
		}
		return s
	}
	driver, path, inboxPath, control := pick("mail_driver"), pick("mail_path"), pick("mail_inbox_path"), pick("mail_control_path")
	if control.value != "" {
		c.controlElsewhere(control.at, control.name, control.value)
	}
	if driver.value != "maildir" {
		return location{at: driver.at, name: "mail_driver"}, formatError(driver.value)
	}
	hasInbox := !slices.Contains([]string{"", "."}, inboxPath.value)
	layout := pick("mailbox_list_layout").value
	if err := checkLayout(layout); err != nil && (!hasInbox || layout == "index") {
		return location{at: path.at, name: path.name}, err
	}
	if folder := pick("mailbox_directory_name"); folder.value != "" {
		return location{at: folder.at, name: folder.name}, fmt.Errorf("the INBOX is in a directory below mail_path, which TPOPS does not know")
	}
	c.d.Note(driver.at, driver.name, draft.Done, "kept: Maildirs")
	if hasInbox {
		path = inboxPath
	}
	loc := location{at: path.at, name: path.name}
	if !strings.ContainsAny(firstRune(path.value), "/~%") {
		return loc, fmt.Errorf("%.60q is not an absolute path, or one below the home directory", path.value)
	}
	return loc, loc.setPath(path.value)
}

// reportControl is controlElsewhere for a mail location, if it has a directory for lists.
func (c mailboxes) reportControl(at draft.Place, name string, loc location) {
	if loc.control != "" {
		c.controlElsewhere(at, name+" CONTROL", loc.control)
	}
}

// controlElsewhere reports that lists of UIDLs are not in the Maildirs, where TPOPS looks
// for them at each login.
func (c mailboxes) controlElsewhere(at draft.Place, name, where string) {
	c.d.Lost(at, name, draft.ToDo, "the lists of UIDLs are not in the Maildirs: maildir-uidl = \"dovecot\" cannot use them, and uidl-mismatch does not see them; "+
		"import all mailboxes before the first login with `tpopsctl import --control-dir %s`", shellWord(where, "DIR"))
}
