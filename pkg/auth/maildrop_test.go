package auth

import (
	"path/filepath"
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
		{"absolute path with a home", "/home/ann", "/var/mail/ann", "/var/mail/ann"},
		{"absolute without home", "", "/var/mail/ann", "/var/mail/ann"},
		{"cleaned", "/home//ann/", "./Maildir/", "/home/ann/Maildir"},
		{"the home itself", "/home/ann", ".", "/home/ann"},
		{"8-bit name", "/home/ann", "Post\xe4", "/home/ann/Post\xe4"},
		{"three dots", "/home/ann", "...", "/home/ann/..."},
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
			got, err := MaildropPath(tt.home, tt.mail)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("MaildropPath(%q, %q) = %q, %v; want %q", tt.home, tt.mail, got, err, tt.want)
			}
		})
	}
}

// FuzzMaildropPath checks that a result is a path that does not leave its base
// directory.
func FuzzMaildropPath(f *testing.F) {
	f.Add("/home/ann", "Maildir")
	f.Add("/home/ann", "../bob")
	f.Add("", "/var/mail/\x00")
	f.Fuzz(func(t *testing.T, home, mail string) {
		got, err := MaildropPath(home, mail)
		if err != nil {
			return
		}
		if !filepath.IsAbs(got) || filepath.Clean(got) != got || strings.ContainsFunc(got, isControl) {
			t.Errorf("MaildropPath(%q, %q) = %q", home, mail, got)
		}
		base := home
		if filepath.IsAbs(mail) {
			base = mail
		}
		if base = filepath.Clean(base); got != base && base != "/" && !strings.HasPrefix(got, base+"/") {
			t.Errorf("MaildropPath(%q, %q) = %q leaves %q", home, mail, got, base)
		}
	})
}
