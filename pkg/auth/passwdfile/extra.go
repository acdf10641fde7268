package passwdfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/auth"
)

// extraFields are the extra fields of a row that concern the mailbox and its use. A
// field that is missing is "".
type extraFields struct {
	mail, driver, inbox string         // mail location, its format, path of the INBOX
	home, uid, gid      string         // override the fields of these names
	popServer           string         // the POP3 server with the mailbox, for a proxy
	settings            []auth.Setting // restrictions of the user
}

// The extra fields. An unknown one without "userdb_" may restrict the login, so that it
// disables the account: a user whom Dovecot rejects must be rejected here too.
var (
	disablingFields = []string{"nologin", "noauthenticate", "fail", "userdb_tempfail"}
	ignoredFields   = []string{
		"nodelay", "starttls", "ssl", "port", "destuser", "pass", "master", "k5principals", "client_id",
	}
	ignoredPrefixes = []string{"userdb_", "event_", "forward_"}
	// Fields with an ignored prefix that change the mailbox or the file system.
	unsupportedPrefixes = []string{"userdb_chroot", "userdb_mail_chroot", "userdb_namespace"}
)

// parseExtra reads the extra fields of the row of login. The error is why the user may
// not log in.
func parseExtra(text, login string) (extraFields, error) {
	var extra extraFields
	var refused error
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		name, value, _ := strings.Cut(field, "=")
		if target := extra.field(name); target != nil {
			*target = value
			continue
		}
		if n := auth.SettingIndex(name); n >= 0 {
			extra.settings = append(extra.settings, auth.Setting{Index: n, Value: value})
			continue
		}
		// A disabled account takes precedence over a mistake in the row.
		if err := checkField(name, value, login); err != nil && (refused == nil || errors.Is(err, auth.ErrClosed)) {
			refused = err
		}
	}
	return extra, refused
}

// field returns the field with this name, nil if there is none. A row is parsed at
// each login, so that a map would be made each time.
func (e *extraFields) field(name string) *string {
	switch name {
	case "userdb_mail", "userdb_mail_location", "userdb_mail_path": // the last is Dovecot 2.4's
		return &e.mail
	case "userdb_mail_driver":
		return &e.driver
	case "userdb_mail_inbox_path":
		return &e.inbox
	case "userdb_home":
		return &e.home
	case "userdb_uid":
		return &e.uid
	case "userdb_gid":
		return &e.gid
	case "pop-server":
		return &e.popServer
	}
	return nil
}

// checkField returns why a row with this field rejects the user, nil if the field is
// ignored.
func checkField(name, value, login string) error {
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	switch {
	case slices.Contains(disablingFields, name):
		return fmt.Errorf("%w: %s", auth.ErrClosed, name)
	case slices.ContainsFunc(unsupportedPrefixes, begins):
		return fmt.Errorf("%q is not supported", name)
	case slices.Contains(ignoredFields, name), slices.ContainsFunc(ignoredPrefixes, begins):
		return nil
	case name == "user" && value == login:
		return nil
	}
	return fmt.Errorf("%q is not supported", name)
}

// cutShell removes the shell, which Dovecot's rows have before the extra fields. A
// shell is empty or an absolute path, with which extra fields never begin. In Dovecot's
// oldest form an empty field and the mail location follow.
func cutShell(rest string) (extra string) {
	shell, after, _ := strings.Cut(rest, ":")
	if shell != "" && shell[0] != '/' {
		return rest
	}
	if mail, ok := strings.CutPrefix(after, ":"); ok && mail != "" {
		return "userdb_mail=" + mail
	}
	return after
}
