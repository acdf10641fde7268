package mysql

import (
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

func TestCryptModes(t *testing.T) {
	const (
		sha = "qUqP5cyxm6YcTAhz05Hph5gvu9M=" // of "test"
		des = "abgbXeYGTBpLo"
	)
	tests := []struct {
		name, mode, text string
		scheme, data     string // empty: cannot be used
	}{
		{"clear text", "no", "secret", "PLAIN", "secret"},
		{"clear text that looks like a prefix", "no", "{SHA}" + sha, "PLAIN", "{SHA}" + sha},
		{"nothing", "no", "", "", ""},
		{"crypt by its form", "yes", des, "CRYPT", des},
		{"SHA-1 by its form", "yes", sha, "SHA", sha},
		{"by its prefix", "yes", "{SHA}" + sha, "SHA", sha},
		{"prefix in small letters", "yes", "{plain}x", "PLAIN", "x"},
		{"prefix that does not fit", "yes", "{CRYPT}" + sha, "", ""},
		{"unknown prefix", "yes", "{WHAT}x", "", ""},
		{"neither", "yes", "secret", "", ""},
		{"locked", "yes", "!" + des, "", ""},
		{"nothing, not an empty password", "yes", "", "", ""},
		{"crypt", "crypt", des, "CRYPT", des},
		{"crypt with prefix", "crypt", "{crypt}" + des, "CRYPT", des},
		{"SHA-1 for crypt", "crypt", sha, "", ""},
		{"other prefix for crypt", "crypt", "{PLAIN}x", "", ""},
		{"SHA-1", "sha", sha, "SHA", sha},
		{"SHA-1 with prefix", "sha", "{SHA}" + sha, "SHA", sha},
		{"crypt for SHA-1", "sha", des, "", ""},
		{"other prefix for SHA-1", "sha", "{PLAIN}x", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parse, err := parseMode(tt.mode)
			if err != nil {
				t.Fatal(err)
			}
			var row auth.Row
			err = row.SetPassword(parse(tt.text))
			if want := (password.Stored{Scheme: tt.scheme, Data: tt.data}); row.Password != want || row.Usable != (tt.scheme != "") || (err == nil) != row.Usable {
				t.Errorf("%+v, usable %v, error %v; want %+v", row.Password, row.Usable, err, want)
			}
		})
	}
}

// TestModeDecoys checks that unknown logins are compared with a hash of the usual cost
// that matches no password of a client.
func TestModeDecoys(t *testing.T) {
	for mode := range cryptModes {
		s := modeDecoy(mode)
		if err := s.Validate(); err != nil || s.IsLocked() {
			t.Errorf("%s: %v", mode, err)
		}
		for _, text := range []string{"", "\x00", "A"} {
			if ok, err := password.NewVerifier().Matches(t.Context(), s, pop3.Attempt{Password: text}); ok || err != nil {
				t.Errorf("%s: %q: %v, %v", mode, text, ok, err)
			}
		}
	}
}
