package passwdfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/auth"
)

// extraFields is what the last field of a passwd-file row says about where the
// mail is and how it may be read. Empty means that it does not say.
type extraFields struct {
	mail, driver, inbox string         // mail location, its format, path of the INBOX
	home, uid, gid      string         // instead of the fields of these names
	popServer           string         // where the mail is if that is another server
	settings            []auth.Setting // how the user may use POP3
}

// What can stand in the last field. Anything unknown that comes without
// "userdb_" concerns the login and might restrict it, so it closes the row:
// nobody may get in whom Dovecot would have kept out.
var (
	closedFields   = []string{"nologin", "noauthenticate", "fail", "userdb_tempfail"}
	harmlessFields = []string{
		"nodelay", "starttls", "ssl", "port", "destuser", "pass", "master", "k5principals", "client_id",
	}
	harmlessPrefixes = []string{"userdb_", "event_", "forward_"}
	// Those of the last that would open another mailbox or see another file system.
	refusedPrefixes = []string{"userdb_chroot", "userdb_mail_chroot", "userdb_namespace"}
)

// parseExtra reads the last field of the row of login.
func parseExtra(text, login string) (extraFields, error) {
	var extra extraFields
	places := map[string]*string{
		"userdb_mail":            &extra.mail,
		"userdb_mail_location":   &extra.mail,
		"userdb_mail_path":       &extra.mail, // Dovecot 2.4's
		"userdb_mail_driver":     &extra.driver,
		"userdb_mail_inbox_path": &extra.inbox,
		"userdb_home":            &extra.home,
		"userdb_uid":             &extra.uid,
		"userdb_gid":             &extra.gid,
		"pop-server":             &extra.popServer,
	}
	var refused error
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		name, value, _ := strings.Cut(field, "=")
		if place, ok := places[name]; ok {
			*place = value
			continue
		}
		if n := auth.SettingIndex(name); n >= 0 {
			extra.settings = append(extra.settings, auth.Setting{Index: n, Value: value})
			continue
		}
		// That a row is closed goes before anything that is wrong with it.
		if err := checkField(name, value, login); err != nil && (refused == nil || errors.Is(err, auth.ErrClosed)) {
			refused = err
		}
	}
	return extra, refused
}

// checkField says why a row with this field lets nobody in, nil if it does not
// matter.
func checkField(name, value, login string) error {
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	switch {
	case slices.Contains(closedFields, name):
		return fmt.Errorf("%w: %s", auth.ErrClosed, name)
	case slices.ContainsFunc(refusedPrefixes, begins):
		return fmt.Errorf("%q is not supported", name)
	case slices.Contains(harmlessFields, name), slices.ContainsFunc(harmlessPrefixes, begins):
		return nil
	case name == "user" && value == login:
		return nil
	}
	return fmt.Errorf("%q is not supported", name)
}

// cutShell separates the shell, which Dovecot's rows have before the last
// field, from that. A shell is empty or a path, the last field never begins so.
// In Dovecot's oldest form an empty field and the mail location follow.
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
