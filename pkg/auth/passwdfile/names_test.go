package passwdfile

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNamesInPaths checks that a name, or a part of it, is exactly one directory in the
// path of a Maildir, with any name in the file.
func TestNamesInPaths(t *testing.T) {
	good, bad := []string{"ann", "ann@example.org", "...", ".ann", "ann@..."}, []string{
		"..", ".", "../ann", "../../etc", "a/../../b", "/etc", "a/b", "ann/Maildir", "../x@../y", "./a@b/../../c", "a\x00b", "a@\x00", "/@/", "..@..",
	}
	for _, mail := range []string{"/m/%u", "/m/%n", "/m/%{user}", "/m/%{user|username}", "~/%u", "maildir:/m/x:INBOX=/m/%n"} {
		for _, name := range append(good, bad...) {
			row, err := parseRow(name+":{PLAIN}x::::/m:userdb_mail="+mail, "Maildir")
			accepted := err == nil && row.Refused == nil
			if name == "..@.." && (strings.Contains(mail, "%u") || strings.HasSuffix(mail, "user}")) {
				continue // A valid name of a directory.
			}
			if accepted != slices.Contains(good, name) {
				t.Errorf("%q in %s: accepted %t", name, mail, accepted)
			}
			if accepted && filepath.Dir(row.Account.Maildrop) != "/m" {
				t.Errorf("%q in %s: %s", name, mail, row.Account.Maildrop)
			}
		}
	}
	for _, domain := range []string{"..", ".", "../..", "/etc", "a/b", ""} {
		if row, err := parseRow("ann@"+domain+":{PLAIN}x::::/m:userdb_mail=/m/%d/%n", "Maildir"); err == nil && row.Refused == nil {
			t.Errorf("domain %q: %s", domain, row.Account.Maildrop)
		}
	}
}
