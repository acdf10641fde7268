package auth

import (
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tpops/pkg/pop3"
)

// restrictions are the part of an account that settings fill.
type restrictions struct {
	noPOP3, tlsOnly bool
	networks        string
	maxSessions     int
	loginDelay      time.Duration
	expire          pop3.Expire
}

func restrictionsOf(a *pop3.Account) restrictions {
	var words []string
	for _, network := range a.Networks {
		words = append(words, network.String())
	}
	return restrictions{a.NoPOP3, a.TLSOnly, strings.Join(words, ","), a.MaxSessions, a.LoginDelay, a.Expire}
}

// settingTests are what a row says in the words of a passwd-file, and what
// becomes of it: restrictions, or the beginning of what closes the row.
var settingTests = []struct {
	text string
	want restrictions
	err  string
}{
	{"", restrictions{}, ""},
	{"pop3=yes tls=optional max-sessions=0", restrictions{}, ""},
	{"pop3=no", restrictions{noPOP3: true}, ""}, {"pop3=False", restrictions{noPOP3: true}, ""}, {"POP3=0", restrictions{noPOP3: true}, ""},
	{"pop3=1", restrictions{}, ""}, {"pop3=TRUE", restrictions{}, ""},
	{"tls=required", restrictions{tlsOnly: true}, ""}, {"tls=1", restrictions{tlsOnly: true}, ""}, {"tls=no", restrictions{}, ""},
	{"allow_nets=192.0.2.1", restrictions{networks: "192.0.2.1/32"}, ""},
	{"allow-nets=10.0.0.0/8,2001:db8::/32,::1", restrictions{networks: "10.0.0.0/8,2001:db8::/32,::1/128"}, ""},
	{"allow_nets=::ffff:192.0.2.1", restrictions{networks: "192.0.2.1/32"}, ""},
	{"allow_nets=0.0.0.0/0,::/0", restrictions{networks: "0.0.0.0/0,::/0"}, ""},
	{"max_sessions=3", restrictions{maxSessions: 3}, ""},
	{"pop3=no tls=yes allow_nets=::1 max-sessions=1", restrictions{true, true, "::1/128", 1, 0, ""}, ""},

	{"login_delay=60", restrictions{loginDelay: time.Minute}, ""}, {"login-delay=0", restrictions{loginDelay: -1}, ""},
	{"expire=7", restrictions{expire: "7"}, ""}, {"expire=never", restrictions{expire: pop3.ExpireNever}, ""},
	{"login_delay=-1", restrictions{}, "login_delay: must be"}, {"login_delay=86401", restrictions{}, "login_delay: must be"},
	{"expire=soon", restrictions{}, "expire:"}, {"expire=-1", restrictions{}, "expire:"},

	{"pop3", restrictions{}, `pop3: must be no, false, 0, yes, true, 1, not ""`},
	{"pop3=", restrictions{}, `pop3: must be`}, {"pop3=off", restrictions{}, `pop3: must be`}, {"tls=requird", restrictions{}, `tls: must be`},
	{"pop3=no pop3=yes", restrictions{}, "pop3 is there twice"}, {"allow_nets=::1 allow-nets=::2", restrictions{}, "allow_nets is there twice"},
	{"allow_nets=", restrictions{}, `allow_nets: "" is no network`}, {"allow_nets=192.0.2.1,", restrictions{}, `allow_nets: "" is no network`},
	{"allow_nets=local", restrictions{}, `allow_nets: "local" is no network`}, {"allow_nets=10.1.2.3/8", restrictions{}, "allow_nets:"},
	{"allow_nets=10.0.0.0/33", restrictions{}, "allow_nets:"}, {"allow_nets=fe80::1%eth0", restrictions{}, "allow_nets:"},
	{"allow_nets=::ffff:10.0.0.0/104", restrictions{}, "allow_nets:"}, {"allow_nets=example.org", restrictions{}, "allow_nets:"},
	{"allow_nets=" + strings.Repeat("::1,", maxNetworks) + "::1", restrictions{}, "allow_nets: more than 1000"},
	{"max_sessions=-1", restrictions{}, "max_sessions: must be"}, {"max_sessions=1000001", restrictions{}, "max_sessions: must be"},
	{"max_sessions=one", restrictions{}, "max_sessions: must be"}, {"max_sessions=99999999999999999999", restrictions{}, "max_sessions: must be"},
	{"maxsessions=1", restrictions{}, `"maxsessions" is not supported`},
}

func TestPasswdFileSettings(t *testing.T) {
	for _, test := range settingTests {
		t.Run(test.text[:min(len(test.text), 40)], func(t *testing.T) {
			row, err := parsePasswdLine("ann:{PLAIN}x::::/home/ann:"+test.text, "Maildir")
			if err != nil {
				t.Fatal(err)
			}
			checkSettings(t, row, test.want, test.err)
		})
	}
}

// The same words, in columns. What is empty there says nothing.
func TestMySQLSettings(t *testing.T) {
	for _, test := range settingTests {
		extra, err := parseExtra(test.text, "ann")
		if err != nil || strings.Contains(test.err, "twice") || strings.Contains(test.err, `"" is`) || strings.Contains(test.err, `not ""`) {
			continue
		}
		t.Run(test.text[:min(len(test.text), 40)], func(t *testing.T) {
			columns := columnsAt(0, 1, 2, none, none, none)
			values := []sql.NullString{{String: "ann", Valid: true}, {String: "x", Valid: true}, {String: "/m", Valid: true}, {}}
			for _, one := range extra.said {
				if one.text == "" {
					return
				}
				columns.settings[one.setting] = len(values)
				values = append(values, sql.NullString{String: one.text, Valid: true})
			}
			checkSettings(t, columns.row(values, parseClear), test.want, test.err)
		})
	}
}

func TestMySQLSettingsNotSaid(t *testing.T) {
	columns := columnsAt(0, 1, 2, none, none, none, 3, 4, 3, 4)
	values := []sql.NullString{{String: "ann", Valid: true}, {String: "x", Valid: true}, {String: "/m", Valid: true}, {}, {Valid: true}}
	checkSettings(t, columns.row(values, parseClear), restrictions{}, "")
}

// checkSettings checks what a row came to. A row with a mistake is closed, and
// who has the right password is told that an administrator is needed.
func checkSettings(t *testing.T, row *userRow, want restrictions, wantErr string) {
	t.Helper()
	account, err := row.admit("test", true)
	if wantErr != "" {
		if !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), "login refused: "+wantErr) {
			t.Errorf("%v, %v, want %s", account, err, wantErr)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := restrictionsOf(account); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Whatever a list of networks is made of, it is refused or covers nothing but
// what is written there, which reads the same again.
func FuzzNetworks(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseNetworks(text)
		if err != nil {
			if list != nil {
				t.Error("networks in spite of an error")
			}
			return
		}
		if len(list) != strings.Count(text, ",")+1 || len(list) > maxNetworks {
			t.Fatalf("%d networks of %q", len(list), text)
		}
		var words []string
		for _, network := range list {
			if !network.IsValid() || network.Masked() != network || network.Addr().Zone() != "" {
				t.Errorf("%v of %q", network, text)
			}
			words = append(words, network.String())
		}
		again, err := parseNetworks(strings.Join(words, ","))
		if diff := cmp.Diff(list, again, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}
