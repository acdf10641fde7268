package sasl

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// loose is a user database that finds its one user under any name, as a table may with
// an unsuitable collation or query.
type loose struct{ name string }

func (l loose) Lookup(context.Context, string) (*pop3.Account, error) {
	return &pop3.Account{Name: l.name}, nil
}

// provenNames are names in a token or a certificate, and whether each opens the mailbox
// of victim@example.org.
var provenNames = []struct {
	name      string
	in, inAny bool
}{
	{"victim@example.org", true, true},
	{"VICTIM@example.org", true, true},
	{"victim@EXAMPLE.ORG", true, true},
	{"v\u00edctim@example.org", false, false},
	{"victim@exampl\u00e9.org", false, false},
	{"vi\u0301ctim@example.org", false, false},
	{"victim\u200b@example.org", false, false},
	{"\uff56ictim@example.org", false, false},
	{"vict\u0130m@example.org", false, false},
	{"victim@example.org ", false, false},
	{" victim@example.org", false, false},
	{"victim @example.org", false, false},
	{"victim@example.org\u00a0", false, false},
	{"victim@example.org\t", false, false},
	{"victim@example.org\x00", false, false},
	{"victim@example.org\xff", false, false},
	{"victim@example.or", false, false},
	{"another", false, false},
}

// TestProven checks that only the exact name of the row opens its mailbox without a
// password, even if the database finds the row under another name.
func TestProven(t *testing.T) {
	for _, test := range provenNames {
		for _, anyNames := range []bool{false, true} {
			want := test.in
			if anyNames {
				want = test.inAny
			}
			for mechanism, end := range proveBy(t, test.name, anyNames) {
				if (end.account == "victim@example.org") != want || want && end.err != nil {
					t.Errorf("%s, %q, any names %t: %+v", mechanism, test.name, anyNames, end)
				}
				if !want && (end.account != "" || !errors.Is(end.err, pop3.ErrAuth) && !errors.Is(end.err, pop3.ErrSASL)) {
					t.Errorf("%s, %q, any names %t: %+v, want a refusal", mechanism, test.name, anyNames, end)
				}
			}
		}
	}
}

// proveBy proves a name by each mechanism.
func proveBy(t *testing.T, name string, anyNames bool) map[string]outcome {
	t.Helper()
	users := Users{Accounts: loose{"victim@example.org"}, Tokens: tokens{"t": name}, AnyNames: anyNames}
	c := open()
	c.Client = &x509.Certificate{Subject: pkix.Name{CommonName: name}}
	return map[string]outcome{
		"EXTERNAL":                exchange(t, users, "EXTERNAL", c, ""),
		"EXTERNAL with a name":    exchange(t, users, "EXTERNAL", c, strings.ReplaceAll(name, "\x00", "")),
		"OAUTHBEARER":             exchange(t, users, "OAUTHBEARER", c, "n,,\x01auth=Bearer t\x01\x01"),
		"OAUTHBEARER with a name": exchange(t, users, "OAUTHBEARER", c, "n,a="+name+",\x01auth=Bearer t\x01\x01"),
		"XOAUTH2":                 exchange(t, users, "XOAUTH2", c, "user="+name+"\x01auth=Bearer t\x01\x01"),
	}
}

// A client that names the victim gets no access with the token of another user.
func TestProvenNamed(t *testing.T) {
	users := Users{Accounts: loose{"victim@example.org"}, Tokens: tokens{"t": "v\u00edctim@example.org"}, AnyNames: true}
	for mechanism, response := range map[string]string{
		"XOAUTH2":     "user=victim@example.org\x01auth=Bearer t\x01\x01",
		"OAUTHBEARER": "n,a=victim@example.org,\x01auth=Bearer t\x01\x01",
	} {
		if end := exchange(t, users, mechanism, open(), response); end.account != "" || !errors.Is(end.err, pop3.ErrAuth) {
			t.Errorf("%s: %+v", mechanism, end)
		}
	}
}

// With identity-names = any, a name with other letters opens the mailbox with exactly
// that name.
func TestProvenAnyNames(t *testing.T) {
	users := Users{Accounts: loose{"\u00e9mile brun"}, Tokens: tokens{"t": "\u00e9mile brun", "u": "\u00c9mile brun"}, AnyNames: true}
	if end := exchange(t, users, "OAUTHBEARER", open(), "n,,\x01auth=Bearer t\x01\x01"); end.account != "\u00e9mile brun" {
		t.Errorf("%+v", end)
	}
	if end := exchange(t, users, "OAUTHBEARER", open(), "n,,\x01auth=Bearer u\x01\x01"); end.account != "" {
		t.Errorf("in other case: %+v", end)
	}
	users.AnyNames = false
	if end := exchange(t, users, "OAUTHBEARER", open(), "n,,\x01auth=Bearer t\x01\x01"); end.account != "" || !errors.Is(end.err, errName) {
		t.Errorf("by default: %+v", end)
	}
}

// The step has the proven name for the log, even if it is rejected.
func TestProvenIdentity(t *testing.T) {
	users := Users{Accounts: loose{"tim"}, Tokens: tokens{"t": "Tim", "o": "other"}}
	c := open()
	c.Client = &x509.Certificate{Subject: pkix.Name{CommonName: "Tim"}}
	for _, test := range []struct{ mechanism, response, want string }{
		{"EXTERNAL", "", "Tim"}, {"EXTERNAL", "other", "Tim"},
		{"XOAUTH2", "user=tim\x01auth=Bearer t\x01\x01", "Tim"}, {"XOAUTH2", "user=tim\x01auth=Bearer o\x01\x01", "other"},
		{"OAUTHBEARER", "n,,\x01auth=Bearer t\x01\x01", "Tim"}, {"OAUTHBEARER", "n,,\x01auth=Bearer x\x01\x01", ""},
	} {
		step, _ := find(t, users, test.mechanism).New(c).Next(t.Context(), []byte(test.response)) // Some are refused.
		if step.Identity != test.want {
			t.Errorf("%s %q: identity %q, want %q", test.mechanism, test.response, step.Identity, test.want)
		}
	}
}
