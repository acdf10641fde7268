package passwdfile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Keys that Dovecot's doveadm pw -s made for the password pencil.
const (
	dovecotSHA256 = "{SCRAM-SHA-256}4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA="
	dovecotSHA1   = "{SCRAM-SHA-1}4096,1fU7pnoYS4B+HyfiRM8kfQ==,C0j2otxGLK3pKvxCeGzqYJFPGus=,+RJ3FbdmqqpTthVz8GoKNeat7Pg="
)

// scramFile is a file with users of each kind.
var scramFile = strings.Join([]string{
	"stored256:" + dovecotSHA256 + ":::::",
	"stored1:" + dovecotSHA1 + ":::::",
	"clear:{PLAIN}pencil:::::",
	"crypt:$1$abcdefgh$Ad2qqZOfFhGvCWp0AqQ1E/:::::",
	"closed:" + dovecotSHA256 + "::::/home/closed::nologin",
	"",
}, "\n")

func withHome(text string) string { return strings.ReplaceAll(text, ":::::\n", "::::/home/x::\n") }

// proves reports whether a client with the password would be accepted: its keys match
// those of the server.
func proves(keys *scram.Keys, password string) bool { return keys.Fits(password) }

func TestPasswdFileSCRAM(t *testing.T) {
	f, _, _ := openText(t, withHome(scramFile))
	tests := []struct {
		login string
		hash  scram.Hash
		own   bool
		want  error // after the client has proved that it has the password
	}{
		{"stored256", scram.SHA256, true, nil},
		{"stored1", scram.SHA1, true, nil},
		{"clear", scram.SHA256, true, nil},
		{"clear", scram.SHA1, true, nil},
		{"closed", scram.SHA256, true, auth.ErrClosed},
		{"stored1", scram.SHA256, false, auth.ErrNoKeys},
		{"stored256", scram.SHA1, false, auth.ErrNoKeys},
		{"crypt", scram.SHA256, false, auth.ErrNoKeys},
		{"nobody", scram.SHA256, false, auth.ErrNoUser},
		{"", scram.SHA1, false, auth.ErrNoUser},
	}
	for _, tt := range tests {
		t.Run(tt.login+" "+string(tt.hash), func(t *testing.T) {
			keys, admit, err := alone(f).SCRAMKeys(t.Context(), pop3.Attempt{Login: tt.login}, tt.hash)
			if err != nil || keys.Hash != tt.hash || len(keys.Salt) != 16 || keys.Iterations != 4096 {
				t.Fatalf("%+v, %v", keys, err)
			}
			if proves(keys, "pencil") != tt.own || proves(keys, "x") || proves(keys, "") {
				t.Errorf("the keys are those of another password")
			}
			account, err := admit(true)
			if (account != nil) != (tt.want == nil) || !errors.Is(err, tt.want) || tt.want != nil && !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("%v, %v", account, err)
			}
			if account, err := admit(false); account != nil || !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("not proved: %v, %v", account, err)
			}
		})
	}
}

// TestSCRAMUnknown checks that a login without keys looks like one with keys: its salt
// is always the same, and different from those of others.
func TestSCRAMUnknown(t *testing.T) {
	f, _, _ := openText(t, withHome(scramFile))
	var salts []string
	for _, login := range []string{"a", "b", "c", "d", "crypt", "stored256", "stored1"} {
		first, _, err1 := alone(f).SCRAMKeys(t.Context(), pop3.Attempt{Login: login}, scram.SHA256)
		again, _, err2 := alone(f).SCRAMKeys(t.Context(), pop3.Attempt{Login: login}, scram.SHA256)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if string(first.Salt) != string(again.Salt) || first.Iterations != again.Iterations {
			t.Errorf("%s: another salt", login)
		}
		if slices.Contains(salts, string(first.Salt)) {
			t.Errorf("%s: the salt of another login", login)
		}
		salts = append(salts, string(first.Salt))
	}
	other, _, _ := openText(t, withHome(scramFile))
	keys, _, err := alone(other).SCRAMKeys(t.Context(), pop3.Attempt{Login: "a"}, scram.SHA256)
	if err != nil || string(keys.Salt) == salts[0] {
		t.Errorf("the salt is predictable: %v", err)
	}
}

// TestUnknownInOtherProcess checks that processes with the same Salts choose the same
// user for an unknown login, even if their users differ. A login that changes
// does not exist.
func TestUnknownInOtherProcess(t *testing.T) {
	costly, err := scram.Make(scram.SHA256, "secret", 2*scram.MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	text := withHome(scramFile + "costly:{SCRAM-SHA-256}" + costly.Text() + ":::::\n")
	first, _, _ := openText(t, text)
	var others []*auth.Sequence
	for range 8 {
		f, _, _ := openText(t, text)
		f.options.Verifier.TakeSalts(first.options.Verifier.Salts())
		empty, _, _ := openText(t, "")
		empty.options.Verifier = f.options.Verifier
		others = append(others, auth.NewSequence(f.options.Verifier, f, empty))
	}
	for _, login := range []string{"a", "b", "c", "d", "e", "f", "crypt"} {
		want, _, err := others[0].SCRAMKeys(t.Context(), pop3.Attempt{Login: login}, scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range others[1:] {
			got, _, err := other.SCRAMKeys(t.Context(), pop3.Attempt{Login: login}, scram.SHA256)
			if err != nil || got.Iterations != want.Iterations || string(got.Salt) != string(want.Salt) {
				t.Errorf("%s: %d iterations here and %d there (%v)", login, want.Iterations, got.Iterations, err)
			}
		}
	}
}

func TestPasswdFileReach(t *testing.T) {
	lines := strings.Split(withHome(scramFile), "\n")
	tests := []struct {
		name                 string
		lines                []string
		secret, sha1, sha256 auth.Reach
	}{
		{"all kinds", lines[:4], auth.ForSome, auth.ForSome, auth.ForSome},
		{"no users", nil, auth.ForNone, auth.ForNone, auth.ForNone},
		{"one hash", lines[:1], auth.ForNone, auth.ForNone, auth.ForAll},
		{"clear", lines[2:3], auth.ForAll, auth.ForAll, auth.ForAll},
		{"clear and keys", []string{lines[0], lines[2]}, auth.ForSome, auth.ForSome, auth.ForAll},
		{"disabled users do not count", []string{lines[2], lines[4]}, auth.ForAll, auth.ForAll, auth.ForAll},
		{"crypt", lines[3:4], auth.ForNone, auth.ForNone, auth.ForNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _, _ := openText(t, strings.Join(append(tt.lines, ""), "\n"))
			if f.SecretReach() != tt.secret || f.SCRAMReach(scram.SHA1) != tt.sha1 || f.SCRAMReach(scram.SHA256) != tt.sha256 {
				t.Errorf("%v %v %v", f.SecretReach(), f.SCRAMReach(scram.SHA1), f.SCRAMReach(scram.SHA256))
			}
		})
	}
}

func TestPasswdFileSecret(t *testing.T) {
	f, _, _ := openText(t, withHome(scramFile))
	tests := []struct {
		login string
		want  error
	}{{"clear", nil}, {"stored256", pop3.ErrAuth}, {"crypt", pop3.ErrAuth}, {"nobody", pop3.ErrAuth}, {"closed", pop3.ErrAuth}}
	for _, tt := range tests {
		called := 0
		account, err := alone(f).AuthenticateSecret(t.Context(), tt.login, func(string) bool { called++; return true })
		if called != 1 || !errors.Is(err, tt.want) || (account == nil) != (tt.want != nil) {
			t.Errorf("%s: %v, %v after %d calls", tt.login, account, err, called)
		}
	}
	if _, err := alone(f).AuthenticateSecret(t.Context(), "clear", func(s string) bool { return s == "pen" }); !errors.Is(err, auth.ErrWrongPassword) {
		t.Error(err)
	}
}

func TestLookup(t *testing.T) {
	f, _, _ := openText(t, withHome(scramFile)+"wrong:{PLAIN}x:0:0::/home/x::\n")
	tests := []struct {
		login string
		want  error
	}{{"clear", nil}, {"crypt", nil}, {"closed", pop3.ErrAuth}, {"nobody", pop3.ErrAuth}, {"", pop3.ErrAuth}, {"wrong", pop3.ErrPermanent}}
	for _, tt := range tests {
		account, err := alone(f).Lookup(t.Context(), tt.login)
		if !errors.Is(err, tt.want) || (account == nil) != (tt.want != nil) {
			t.Errorf("%s: %v, %v", tt.login, account, err)
		}
	}
}

// alone returns a sequence with only this database.
func alone(f *File) *auth.Sequence { return auth.NewSequence(f.options.Verifier, f) }
