package auth

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMaildropPath(t *testing.T) {
	tests := []struct {
		name, home, mail string
		want             string // empty: refused
	}{
		{"below home", "/home/ann", "Maildir", "/home/ann/Maildir"},
		{"deep below home", "/home/ann", "mail/in", "/home/ann/mail/in"},
		{"absolute wins over home", "/home/ann", "/var/mail/ann", "/var/mail/ann"},
		{"absolute without home", "", "/var/mail/ann", "/var/mail/ann"},
		{"cleaned", "/home//ann/", "./Maildir/", "/home/ann/Maildir"},
		{"the home itself", "/home/ann", ".", "/home/ann"},
		{"8-bit name", "/home/ann", "Post\xe4", "/home/ann/Post\xe4"},
		{"dots that are a name", "/home/ann", "...", "/home/ann/..."},
		{"no path", "/home/ann", "", ""},
		{"no home", "", "Maildir", ""},
		{"relative home", "home/ann", "Maildir", ""},
		{"up", "/home/ann", "../bob", ""},
		{"up in the middle", "/home/ann", "x/../../bob/Maildir", ""},
		{"up at the end", "/home/ann", "Maildir/..", ""},
		{"up in an absolute path", "", "/home/ann/../bob", ""},
		{"up in the home", "/home/ann/..", "Maildir", ""},
		{"NUL", "/home/ann", "Mail\x00dir", ""},
		{"line feed", "/home/ann", "Mail\ndir", ""},
		{"delete", "/home/ann", "Mail\x7fdir", ""},
		{"control in the home", "/home/\x01ann", "Maildir", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := maildropPath(tt.home, tt.mail)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("maildropPath(%q, %q) = %q, %v; want %q", tt.home, tt.mail, got, err, tt.want)
			}
		})
	}
}

// TestNamesInPaths: a name, or a part of it, is one directory in the path of a
// Maildir, whatever the operator's file has for a name.
func TestNamesInPaths(t *testing.T) {
	good, bad := []string{"ann", "ann@example.org", "...", ".ann", "ann@..."}, []string{
		"..", ".", "../ann", "../../etc", "a/../../b", "/etc", "a/b", "ann/Maildir", "../x@../y", "./a@b/../../c", "a\x00b", "a@\x00", "/@/", "..@..",
	}
	for _, mail := range []string{"/m/%u", "/m/%n", "/m/%{user}", "/m/%{user|username}", "~/%u", "maildir:/m/x:INBOX=/m/%n"} {
		for _, name := range append(good, bad...) {
			row, err := parsePasswdLine(name+":{PLAIN}x::::/m:userdb_mail="+mail, "Maildir")
			accepted := err == nil && row.refused == nil
			if name == "..@.." && (strings.Contains(mail, "%u") || strings.HasSuffix(mail, "user}")) {
				continue // The name of a directory, odd as it is.
			}
			if accepted != slices.Contains(good, name) {
				t.Errorf("%q in %s: accepted %t", name, mail, accepted)
			}
			if accepted && filepath.Dir(row.account.Maildrop) != "/m" {
				t.Errorf("%q in %s: %s", name, mail, row.account.Maildrop)
			}
		}
	}
	for _, domain := range []string{"..", ".", "../..", "/etc", "a/b", ""} {
		if row, err := parsePasswdLine("ann@"+domain+":{PLAIN}x::::/m:userdb_mail=/m/%d/%n", "Maildir"); err == nil && row.refused == nil {
			t.Errorf("domain %q: %s", domain, row.account.Maildrop)
		}
	}
}

// FuzzMaildropPath holds that whatever comes out is a path that cannot leave
// the place it names.
func FuzzMaildropPath(f *testing.F) {
	f.Add("/home/ann", "Maildir")
	f.Add("/home/ann", "../bob")
	f.Add("", "/var/mail/\x00")
	f.Fuzz(func(t *testing.T, home, mail string) {
		got, err := maildropPath(home, mail)
		if err != nil {
			return
		}
		if !filepath.IsAbs(got) || filepath.Clean(got) != got || strings.ContainsFunc(got, isControl) {
			t.Errorf("maildropPath(%q, %q) = %q", home, mail, got)
		}
		base := home
		if filepath.IsAbs(mail) {
			base = mail
		}
		if base = filepath.Clean(base); got != base && base != "/" && !strings.HasPrefix(got, base+"/") {
			t.Errorf("maildropPath(%q, %q) = %q leaves %q", home, mail, got, base)
		}
	})
}
