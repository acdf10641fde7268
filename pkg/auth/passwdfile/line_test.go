package passwdfile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

func TestParsePasswdLine(t *testing.T) {
	const crypt = "$1$xyz$cEUv8aN9ehjhMXG/kSFnM1"
	account := func(path string, uid, gid int) pop3.Account {
		return pop3.Account{Name: "ann@example.org", Maildrop: path, UID: uid, GID: gid}
	}
	tests := []struct {
		name, line string
		want       pop3.Account
	}{
		{"all fields", "ann@example.org:" + crypt + ":501:502:Ann:/home/ann:userdb_mail=maildir:/m/ann", account("/m/ann", 501, 502)},
		{"no ids", "ann@example.org:" + crypt + ":::Ann:/home/ann:", account("/home/ann/Maildir", -1, -1)},
		{"home is the last field", "ann@example.org:" + crypt + "::::/home/ann", account("/home/ann/Maildir", -1, -1)},
		{"scheme", "ann@example.org:{PLAIN}x::::/home/ann", account("/home/ann/Maildir", -1, -1)},
		{"bare path", "ann@example.org:{PLAIN}x::::/home/ann:userdb_mail=/m/ann", account("/m/ann", -1, -1)},
		{"only a mail location", "ann@example.org:{PLAIN}x:::::userdb_mail=/m/ann", account("/m/ann", -1, -1)},
		{"below the home", "ann@example.org:{PLAIN}x::::/home/ann:userdb_mail=maildir:mail", account("/home/ann/mail", -1, -1)},
		{"tilde", "ann@example.org:{PLAIN}x::::/home/ann:userdb_mail=maildir:~/mail", account("/home/ann/mail", -1, -1)},
		{"tilde alone", "ann@example.org:{PLAIN}x::::/home/ann:userdb_mail=maildir:~", account("/home/ann", -1, -1)},
		{"short variables", "ann@example.org:{PLAIN}x::::/h:userdb_mail=maildir:/m/%d/%n/%u%h%%", account("/m/example.org/ann/ann@example.org/h%", -1, -1)},
		{"long variables", "ann@example.org:{PLAIN}x::::/h:userdb_mail=%{home}/%{user}/%{user|domain}", account("/h/ann@example.org/example.org", -1, -1)},
		{"a name with blanks ends at the first", "ann@example.org:{PLAIN}x::::/h:userdb_mail=/m/%{user|username} userdb_x=1", account("/m/ann", -1, -1)},
		{"other INBOX", "ann@example.org:{PLAIN}x::::/h:userdb_mail=maildir:~/all:INDEX=/i:INBOX=~/in:LAYOUT=fs", account("/h/in", -1, -1)},
		{"only an INBOX", "ann@example.org:{PLAIN}x::::/h:userdb_mail=maildir::INBOX=~/in", account("/h/in", -1, -1)},
		{"as in Dovecot 2.4", "ann@example.org:{PLAIN}x::::/h:userdb_mail_driver=maildir userdb_mail_path=~/m24", account("/h/m24", -1, -1)},
		{"INBOX as in Dovecot 2.4", "ann@example.org:{PLAIN}x::::/h:userdb_mail_path=~/m24 userdb_mail_inbox_path=%{home}/in", account("/h/in", -1, -1)},
		{"ids and home in the extra field", "ann@example.org:{PLAIN}x:7:8::/h:userdb_uid=9 userdb_gid=10 userdb_home=/vh/%n", account("/vh/ann/Maildir", 9, 10)},
		{"empty shell", "ann@example.org:{PLAIN}x::::/h::userdb_mail=maildir:~/m", account("/h/m", -1, -1)},
		{"shell", "ann@example.org:{PLAIN}x::::/h:/bin/false:userdb_mail=maildir:~/m", account("/h/m", -1, -1)},
		{"shell at the end", "ann@example.org:{PLAIN}x:7:8:,,,:/h:/bin/bash", account("/h/Maildir", 7, 8)},
		{"oldest form", "ann@example.org:{PLAIN}x::::/h:/bin/sh::maildir:~/m", account("/h/m", -1, -1)},
		{"harmless fields", "ann@example.org:{PLAIN}x::::/h:nodelay=y userdb_quota_rule=*:bytes=1G user=ann@example.org event_x=1", account("/h/Maildir", -1, -1)},
		{"tab in gecos", "ann@example.org:{PLAIN}x:::a\tb:/h", account("/h/Maildir", -1, -1)},
		{"highest ids", "ann@example.org:{PLAIN}x:4294967294:4294967294::/h", account("/h/Maildir", 4294967294, 4294967294)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, err := parseRow(tt.line, "Maildir")
			if err != nil || row.Refused != nil || !row.Usable {
				t.Fatalf("usable %v, refused %v, error %v", row.Usable, row.Refused, err)
			}
			if diff := cmp.Diff(tt.want, row.Account); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePasswdLineRefused(t *testing.T) {
	extra := func(text string) string { return "ann:{PLAIN}x::::/h:" + text }
	tests := []struct {
		name, line string
		closed     bool   // on purpose, so that it is not reported as a problem
		want       string // part of the reason
	}{
		{"no password", "ann", false, "no password"},
		{"empty password", "ann:::::/h:", false, "no password"},
		{"empty clear password", "ann:{PLAIN}::::/h:", false, "no password"},
		{"locked", "ann:!$1$xyz$cEUv8aN9ehjhMXG/kSFnM1::::/h:", true, "no password"},
		{"unknown scheme", "ann:{ROT13}x::::/h:", false, "unknown password scheme"},
		{"clear text without its scheme", "ann:secret::::/h:", false, ""},
		{"root", "ann:{PLAIN}x:0:5::/h:", false, `uid "0"`},
		{"group of root", "ann:{PLAIN}x:5:0::/h:", false, `gid "0"`},
		{"root as 00", "ann:{PLAIN}x:00:5::/h:", false, `uid "00"`},
		{"root in the extra field", extra("userdb_uid=0 userdb_gid=5"), false, `uid "0"`},
		{"uid of -1", "ann:{PLAIN}x:4294967295:5::/h:", false, "uid"},
		{"uid that would become 0", "ann:{PLAIN}x:4294967296:5::/h:", false, "uid"},
		{"negative uid", "ann:{PLAIN}x:-5:5::/h:", false, "uid"},
		{"name for a uid", "ann:{PLAIN}x:vmail:5::/h:", false, "uid"},
		{"uid alone", "ann:{PLAIN}x:5:::/h:", false, "uid"},
		{"gid alone", "ann:{PLAIN}x::5::/h:", false, "uid"},
		{"no home", "ann:{PLAIN}x", false, "maildrop"},
		{"relative home", "ann:{PLAIN}x::::h:", false, "maildrop"},
		{"up", extra("userdb_mail=~/../bob"), false, `".."`},
		{"up by the name", "..:{PLAIN}x::::/h:userdb_mail=/m/%n/x", false, `".."`},
		{"NUL in the home", "ann:{PLAIN}x::::/h\x00:", false, "control characters"},
		{"nologin", extra("nologin"), true, "nologin"},
		{"nologin after the shell", extra("/bin/sh:nologin=y userdb_mail=/m"), true, "nologin"},
		{"nologin after no shell", extra(":nologin=y"), true, "nologin"},
		{"nologin after the mail location", extra("userdb_mail=maildir:/m nologin"), true, "nologin"},
		{"noauthenticate", extra("noauthenticate=y"), true, "noauthenticate"},
		{"allow_nets", extra("allow_nets=192.0.2.0/33"), false, `allow_nets: "192.0.2.0/33" is not a network`},
		{"allow_real_nets", extra("allow_real_nets=192.0.2.0/24"), false, `"allow_real_nets"`},
		{"nopassword", extra("nopassword"), false, `"nopassword"`},
		{"proxy", extra("proxy host=192.0.2.1"), false, `"proxy"`},
		{"proxy_maybe", extra("proxy_maybe=y"), false, `"proxy_maybe"`},
		{"host", extra("host=192.0.2.1"), false, `"host"`},
		{"other user", extra("user=bob"), false, `"user"`},
		{"unknown field", extra("allow_moon=full"), false, `"allow_moon"`},
		{"chroot", extra("userdb_chroot=/srv"), false, `"userdb_chroot"`},
		{"namespace", extra("userdb_namespace/inbox/location=maildir:/x"), false, `"userdb_namespace/inbox/location"`},
		{"mbox", extra("userdb_mail=mbox:~/mail"), false, `"mbox"`},
		{"sdbox of Dovecot 2.4", extra("userdb_mail_driver=sdbox userdb_mail_path=~/m"), false, `"sdbox"`},
		{"location without path", extra("userdb_mail=maildir:"), false, "no path"},
		{"unknown option", extra("userdb_mail=maildir:~/m:DIRNAME=x"), false, `"DIRNAME"`},
		{"unknown variable", extra("userdb_mail=/m/%Lu"), false, `"L"`},
		{"unknown long variable", extra("userdb_mail=/m/%{user|lower}"), false, `"user|lower"`},
		{"open long variable", extra("userdb_mail=/m/%{user"), false, "has no closing brace"},
		{"percent sign at the end", extra("userdb_mail=/m/%"), false, "not supported"},
		{"no domain", extra("userdb_mail=/m/%d/x"), false, `"d" is empty`},
		{"home of another", extra("userdb_mail=~bob/m"), false, "home directories of other users"},
		{"no home to expand", "ann:{PLAIN}x:::::userdb_mail=~/m", false, `"h" is empty`},
		{"long line", extra("userdb_x=" + strings.Repeat("x", maxLine)), false, "longer than 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, err := parseRow(tt.line, "Maildir")
			if err != nil || row.Refused == nil {
				t.Fatalf("row %+v, error %v", row, err)
			}
			if errors.Is(row.Refused, auth.ErrClosed) != tt.closed || !strings.Contains(row.Refused.Error(), tt.want) {
				t.Errorf("refused %q, want %q, closed %v", row.Refused, tt.want, tt.closed)
			}
		})
	}
}

func TestParsePasswdLineErrors(t *testing.T) {
	for _, line := range []string{":x:", "a\x00b:x", "a\tb:x", strings.Repeat("a", 256) + ":x"} {
		if row, err := parseRow(line, "Maildir"); err == nil {
			t.Errorf("%q: row %+v", line, row)
		}
	}
}

// FuzzPasswdLine compares the splitting with that of the standard library. It checks
// that no line results in a user who can log in without a password, as root, or outside
// an absolute path.
func FuzzPasswdLine(f *testing.F) {
	f.Add("ann:{PLAIN}x:501:502:Ann:/home/ann:userdb_mail=maildir:~/m:INBOX=/in nologin")
	f.Fuzz(func(t *testing.T, line string) {
		fields := cutLine(line)
		got := []string{fields.login, fields.password, fields.uid, fields.gid, fields.gecos, fields.home, fields.rest}
		want := strings.SplitN(line, ":", 7)
		want = append(want, make([]string, 7-len(want))...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("fields of %q (-want +got):\n%s", line, diff)
		}
		row, err := parseRow(line, "Maildir")
		if err != nil || row.Refused != nil {
			return
		}
		if !row.Usable || row.Password.Data == "" || row.Account.UID == 0 || row.Account.GID == 0 ||
			(row.Account.UID == -1) != (row.Account.GID == -1) || !strings.HasPrefix(row.Account.Maildrop, "/") {
			t.Errorf("%q: row %+v", line, row)
		}
		for _, field := range strings.Split(fields.rest, " ") {
			if field == "nologin" || strings.HasPrefix(field, "allow_nets=") && row.Account.Networks == nil {
				t.Errorf("a user can log in with %q", line)
			}
		}
	})
}
