// Package authtest has test cases that every user database runs.
package authtest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// Restrictions are the part of an account that settings fill.
type Restrictions struct {
	NoPOP3, TLSOnly bool
	Networks        string
	MaxSessions     int
	LoginDelay      time.Duration
	Expire          pop3.Expire
}

func restrictionsOf(a *pop3.Account) Restrictions {
	var words []string
	for _, network := range a.Networks {
		words = append(words, network.String())
	}
	return Restrictions{a.NoPOP3, a.TLSOnly, strings.Join(words, ","), a.MaxSessions, a.LoginDelay, a.Expire}
}

// SettingCase is a row in the form of a passwd-file and the expected result:
// restrictions, or the beginning of the error that disables the account.
type SettingCase struct {
	Text string
	Want Restrictions
	Err  string
}

// Name returns the name of the subtest.
func (c SettingCase) Name() string { return c.Text[:min(len(c.Text), 40)] }

// SettingCases returns the cases for all settings.
func SettingCases() []SettingCase {
	return []SettingCase{
		{"", Restrictions{}, ""},
		{"pop3=yes tls=optional max-sessions=0", Restrictions{}, ""},
		{"pop3=no", Restrictions{NoPOP3: true}, ""}, {"pop3=False", Restrictions{NoPOP3: true}, ""}, {"POP3=0", Restrictions{NoPOP3: true}, ""},
		{"pop3=1", Restrictions{}, ""}, {"pop3=TRUE", Restrictions{}, ""},
		{"tls=required", Restrictions{TLSOnly: true}, ""}, {"tls=1", Restrictions{TLSOnly: true}, ""}, {"tls=no", Restrictions{}, ""},
		{"allow_nets=192.0.2.1", Restrictions{Networks: "192.0.2.1/32"}, ""},
		{"allow-nets=10.0.0.0/8,2001:db8::/32,::1", Restrictions{Networks: "10.0.0.0/8,2001:db8::/32,::1/128"}, ""},
		{"allow_nets=::ffff:192.0.2.1", Restrictions{Networks: "192.0.2.1/32"}, ""},
		{"allow_nets=0.0.0.0/0,::/0", Restrictions{Networks: "0.0.0.0/0,::/0"}, ""},
		{"max_sessions=3", Restrictions{MaxSessions: 3}, ""},
		{"pop3=no tls=yes allow_nets=::1 max-sessions=1", Restrictions{true, true, "::1/128", 1, 0, ""}, ""},

		{"login_delay=60", Restrictions{LoginDelay: time.Minute}, ""}, {"login-delay=0", Restrictions{LoginDelay: -1}, ""},
		{"expire=7", Restrictions{Expire: "7"}, ""}, {"expire=never", Restrictions{Expire: pop3.ExpireNever}, ""},
		{"login_delay=-1", Restrictions{}, "login_delay: must be"}, {"login_delay=86401", Restrictions{}, "login_delay: must be"},
		{"expire=soon", Restrictions{}, "expire:"}, {"expire=-1", Restrictions{}, "expire:"},

		{"pop3", Restrictions{}, `pop3: must be no, false, 0, yes, true, 1, not ""`},
		{"pop3=", Restrictions{}, `pop3: must be`}, {"pop3=off", Restrictions{}, `pop3: must be`}, {"tls=requird", Restrictions{}, `tls: must be`},
		{"pop3=no pop3=yes", Restrictions{}, "pop3 is set twice"}, {"allow_nets=::1 allow-nets=::2", Restrictions{}, "allow_nets is set twice"},
		{"allow_nets=", Restrictions{}, `allow_nets: "" is not a network`}, {"allow_nets=192.0.2.1,", Restrictions{}, `allow_nets: "" is not a network`},
		{"allow_nets=local", Restrictions{}, `allow_nets: "local" is not a network`}, {"allow_nets=10.1.2.3/8", Restrictions{}, "allow_nets:"},
		{"allow_nets=10.0.0.0/33", Restrictions{}, "allow_nets:"}, {"allow_nets=fe80::1%eth0", Restrictions{}, "allow_nets:"},
		{"allow_nets=::ffff:10.0.0.0/104", Restrictions{}, "allow_nets:"}, {"allow_nets=example.org", Restrictions{}, "allow_nets:"},
		{"allow_nets=" + strings.Repeat("::1,", 1000) + "::1", Restrictions{}, "allow_nets: more than 1000"},
		{"max_sessions=-1", Restrictions{}, "max_sessions: must be"}, {"max_sessions=1000001", Restrictions{}, "max_sessions: must be"},
		{"max_sessions=one", Restrictions{}, "max_sessions: must be"}, {"max_sessions=99999999999999999999", Restrictions{}, "max_sessions: must be"},
		{"maxsessions=1", Restrictions{}, `"maxsessions" is not supported`},
	}
}

// CheckRow checks the result of reading a row. A mistake disables the account, and with
// the right password the reply names the administrator.
func (c SettingCase) CheckRow(t *testing.T, row *auth.Row) {
	t.Helper()
	account, err := row.Admit("test", true)
	if c.Err != "" {
		if !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), "login refused: "+c.Err) {
			t.Errorf("%v, %v, want %s", account, err, c.Err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := restrictionsOf(account); got != c.Want {
		t.Errorf("got %+v, want %+v", got, c.Want)
	}
}
