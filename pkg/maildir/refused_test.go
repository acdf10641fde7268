package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Each mailbox that is refused for good has a reason and a command.
func TestRefusalOf(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(t *testing.T, s *site)
		reason string
		fix    string // %s is the Maildir
	}{
		"list not imported": {func(t *testing.T, s *site) {
			s.follow(t, 7)
			s.options.UIDL = UIDLName
		}, reasonMismatch, "tpopsctl import --from dovecot --apply %s"},
		"tpops_uidl ignored": {func(t *testing.T, s *site) {
			s.follow(t, 7)
			s.options.UIDL, s.options.UIDLConvert = UIDLName, false
			s.replace(t, uidlFile, "1.a\told\n")
		}, reasonMismatch, "maildir-uidl-convert = yes"},
		"UIDLs changed": {func(t *testing.T, s *site) {
			s.follow(t, 7)
			if _, err := s.logIn(t); err != nil {
				t.Fatal(err)
			}
			s.follow(t, 8)
		}, reasonChange, "tpopsctl accept %s"},
		"UIDLs changed, which a list explains": {func(t *testing.T, s *site) {
			s.follow(t, 7)
			if _, err := s.logIn(t); err != nil {
				t.Fatal(err)
			}
			s.options.UIDL, s.options.Refuse = UIDLName, false
		}, reasonChange, "tpopsctl import --from dovecot --apply %s"},
		"outside mail-roots": {func(t *testing.T, s *site) {
			s.options.Roots = []string{"/nonexistent"}
			s.dir = filepath.Join(s.dir, "none", "below")
		}, reasonPath, "namei -l %s"},
		"cur missing": {func(t *testing.T, s *site) {
			s.dir = filepath.Join(filepath.Dir(s.dir), "other", "Maildir")
		}, reasonPath, "namei -l %s"},
		"not absolute": {func(_ *testing.T, s *site) { s.dir = "Mail dir" }, reasonPath, "namei -l 'Mail dir'"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 10, false)
			s.options.Refuse = true
			tt.spoil(t, s)
			_, err := s.logIn(t)
			if err == nil {
				t.Fatal("no error")
			}
			want := tt.fix
			if name != "not absolute" && name != "tpops_uidl ignored" {
				want = fmt.Sprintf(tt.fix, s.dir)
			}
			if got, is := RefusalOf(err, s.dir); !is || got.Reason != tt.reason || got.Fix != want {
				t.Errorf("%+v, %v, want %s %s\n%v", got, is, tt.reason, want, err)
			}
		})
	}
}

// What may pass by itself is no refusal; what the owner may not do is one.
func TestRefusalOfErrors(t *testing.T) {
	for _, err := range []error{unix.EMFILE, pathError{unix.EMFILE}, pathError{unix.EIO}, pop3.ErrLocked, t.Context().Err(), errors.New("x"), unix.ENOSPC} {
		if got, is := RefusalOf(err, "/x"); is {
			t.Errorf("%v: %+v", err, got)
		}
	}
	for _, err := range []error{unix.EACCES, pathError{unix.EACCES}, &os.PathError{Op: "open", Path: "/x", Err: unix.EROFS}} {
		if got, is := RefusalOf(err, "/a b'c"); !is || got != (Refusal{reasonRights, `namei -l '/a b'\''c'`}) {
			t.Errorf("%v: %+v", err, got)
		}
	}
}

// Root copies the commands of an error to a shell.
func TestChangeErrorQuotes(t *testing.T) {
	const path, word = "/var/mail/ann $(reboot)'s", `'/var/mail/ann $(reboot)'\''s'`
	for _, test := range []struct{ server, want string }{
		{"", "run: tpopsctl accept " + word}, {"dovecot", "run: tpopsctl import --from dovecot --apply " + word + ";"},
	} {
		text := (&ChangeError{Maildir: path, Server: test.server, Changed: 2, Compared: 2}).Error()
		if !strings.Contains(text, test.want) || strings.Contains(text, " "+path) {
			t.Errorf("%s, want %s in it", text, test.want)
		}
	}
}
