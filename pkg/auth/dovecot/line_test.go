package dovecot

import (
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{"": "", "ann": "ann", "a\x00b\x01c\td\re\nf": "a\x010b\x011c\x01td\x01re\x01nf"} {
		if got := escape(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
		if got := unescape(want); got != text {
			t.Errorf("%q: %q", want, got)
		}
	}
	for parameter, want := range map[string]string{"\x01": "", "a\x01": "a", "\x01x\x01=": "x="} {
		if got := unescape(parameter); got != want {
			t.Errorf("%q: %q", parameter, got)
		}
	}
}

func TestParseReply(t *testing.T) {
	for line, want := range map[string]*reply{
		"OK\t1\tuser=ann\t\tx": {"OK", 1, []string{"user=ann", "x"}},
		"FAIL\t4294967295":     {"FAIL", 4294967295, nil},
		"CONT\t7\t":            {"CONT", 7, nil},
		"USER\t2\ta\x01tb":     {"USER", 2, []string{"a\tb"}},
		"":                     nil, "MECH\tPLAIN": nil, "ok\t1": nil,
	} {
		got, err := parseReply(line)
		if err != nil || (got == nil) != (want == nil) || got != nil && (got.kind != want.kind || got.id != want.id || !slices.Equal(got.args, want.args)) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for _, line := range []string{"OK", "OK\t", "OK\tx", "OK\t-1", "OK\t+1", "OK\t4294967296", "OK user=ann", "FAIL\t 1"} {
		if got, err := parseReply(line); err == nil && got != nil {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

// FuzzReply checks that whatever Dovecot replies, an account has a usable name and a
// path without "..", and is not root's.
func FuzzReply(f *testing.F) {
	for _, line := range []string{
		"USER\t1\tann\tuid=501\tgid=502\thome=/home/ann\tmail=maildir:~/Maildir:INBOX=~/x",
		"USER\t1\tann\tuid=1\tgid=1\tmail_driver=maildir\tmail_path=/v/a\tallow_nets=::1", "FAIL\t1\tuser=a\x01tb\tcode=temp_fail",
		"OK\t1\tuser=ann\tnologin", "USER\t1\t\x01", "NOTFOUND\t1",
	} {
		f.Add(line)
	}
	d := New(Options{Maildir: "Maildir", Groups: func(string) ([]int, error) { return nil, nil }})
	f.Fuzz(func(t *testing.T, line string) {
		r, err := parseReply(line)
		if err != nil || r == nil {
			return
		}
		all := fieldsOf(r.args)
		_, _ = failure(all), denied(all)
		row := auth.NewRow("ann")
		row.Usable = true
		if row.Refused = d.fill(row, all, all); row.Refused != nil {
			return
		}
		a := row.Account
		if a.UID == 0 || a.GID == 0 || !strings.HasPrefix(a.Maildrop, "/") || slices.Contains(strings.Split(a.Maildrop, "/"), "..") {
			t.Errorf("%+v", a)
		}
	})
}
