package auth

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth/secrets"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// What Dovecot's doveadm pw -s has made of the password pencil.
const (
	dovecotSHA256 = "{SCRAM-SHA-256}4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA="
	dovecotSHA1   = "{SCRAM-SHA-1}4096,1fU7pnoYS4B+HyfiRM8kfQ==,C0j2otxGLK3pKvxCeGzqYJFPGus=,+RJ3FbdmqqpTthVz8GoKNeat7Pg="
)

// scramFile is a file with users of all sorts.
var scramFile = strings.Join([]string{
	"stored256:" + dovecotSHA256 + ":::::",
	"stored1:" + dovecotSHA1 + ":::::",
	"clear:{PLAIN}pencil:::::",
	"crypt:$1$abcdefgh$Ad2qqZOfFhGvCWp0AqQ1E/:::::",
	"closed:" + dovecotSHA256 + "::::/home/closed::nologin",
	"",
}, "\n")

func withHome(text string) string { return strings.ReplaceAll(text, ":::::\n", "::::/home/x::\n") }

// proves reports whether a client with the password would be let in: it has
// the keys that the server has.
func proves(keys *scram.Keys, password string) bool { return keys.Fits(password) }

func TestPasswdFileSCRAM(t *testing.T) {
	f, _, _ := passwdFile(t, withHome(scramFile))
	tests := []struct {
		login string
		hash  scram.Hash
		own   bool
		want  error // although the client has proved that it has the password
	}{
		{"stored256", scram.SHA256, true, nil},
		{"stored1", scram.SHA1, true, nil},
		{"clear", scram.SHA256, true, nil},
		{"clear", scram.SHA1, true, nil},
		{"closed", scram.SHA256, true, errClosed},
		{"stored1", scram.SHA256, false, errNoKeys},
		{"stored256", scram.SHA1, false, errNoKeys},
		{"crypt", scram.SHA256, false, errNoKeys},
		{"nobody", scram.SHA256, false, errNoUser},
		{"", scram.SHA1, false, errNoUser},
	}
	for _, tt := range tests {
		t.Run(tt.login+" "+string(tt.hash), func(t *testing.T) {
			keys, admit, err := alone(f).SCRAMKeys(t.Context(), tt.login, tt.hash)
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

// TestSCRAMUnknown sees to it that a login without keys looks like one with
// keys: the same each time, and unlike any other.
func TestSCRAMUnknown(t *testing.T) {
	f, _, _ := passwdFile(t, withHome(scramFile))
	var salts []string
	for _, login := range []string{"a", "b", "c", "d", "crypt", "stored256", "stored1"} {
		first, _, err1 := alone(f).SCRAMKeys(t.Context(), login, scram.SHA256)
		again, _, err2 := alone(f).SCRAMKeys(t.Context(), login, scram.SHA256)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if string(first.Salt) != string(again.Salt) || first.Iterations != again.Iterations {
			t.Errorf("%s: another salt", login)
		}
		if slices.Contains(salts, string(first.Salt)) {
			t.Errorf("%s: another's salt", login)
		}
		salts = append(salts, string(first.Salt))
	}
	other, _, _ := passwdFile(t, withHome(scramFile))
	keys, _, err := alone(other).SCRAMKeys(t.Context(), "a", scram.SHA256)
	if err != nil || string(keys.Salt) == salts[0] {
		t.Errorf("the salt can be foreseen: %v", err)
	}
}

// TestUnknownElsewhere sees to it that processes with the same Salts take an
// unknown login for the same user, in whatever way their users differ: one that
// changes is no user.
func TestUnknownElsewhere(t *testing.T) {
	costly, err := scram.Make(scram.SHA256, "secret", 2*scram.MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	text := withHome(scramFile + "costly:{SCRAM-SHA-256}" + costly.Text() + ":::::\n")
	first, _, _ := passwdFile(t, text)
	var others []*Sequence
	for range 8 {
		f, _, _ := passwdFile(t, text)
		f.options.Verifier.TakeSalts(first.options.Verifier.Salts())
		empty, _, _ := passwdFile(t, "")
		empty.options.Verifier = f.options.Verifier
		others = append(others, NewSequence(f.options.Verifier, f, empty))
	}
	for _, login := range []string{"a", "b", "c", "d", "e", "f", "crypt"} {
		want, _, err := others[0].SCRAMKeys(t.Context(), login, scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range others[1:] {
			got, _, err := other.SCRAMKeys(t.Context(), login, scram.SHA256)
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
		secret, sha1, sha256 Reach
	}{
		{"all sorts", lines[:4], ForSome, ForSome, ForSome},
		{"nobody at all", nil, ForNobody, ForNobody, ForNobody},
		{"one hash", lines[:1], ForNobody, ForNobody, ForAll},
		{"clear", lines[2:3], ForAll, ForAll, ForAll},
		{"clear and keys", []string{lines[0], lines[2]}, ForSome, ForSome, ForAll},
		{"those who are kept out do not count", []string{lines[2], lines[4]}, ForAll, ForAll, ForAll},
		{"crypt", lines[3:4], ForNobody, ForNobody, ForNobody},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _, _ := passwdFile(t, strings.Join(append(tt.lines, ""), "\n"))
			if f.SecretReach() != tt.secret || f.SCRAMReach(scram.SHA1) != tt.sha1 || f.SCRAMReach(scram.SHA256) != tt.sha256 {
				t.Errorf("%v %v %v", f.SecretReach(), f.SCRAMReach(scram.SHA1), f.SCRAMReach(scram.SHA256))
			}
		})
	}
}

func TestPasswdFileSecret(t *testing.T) {
	f, _, _ := passwdFile(t, withHome(scramFile))
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
	if _, err := alone(f).AuthenticateSecret(t.Context(), "clear", func(s string) bool { return s == "pen" }); !errors.Is(err, errWrongPassword) {
		t.Error(err)
	}
}

func TestLookup(t *testing.T) {
	f, _, _ := passwdFile(t, withHome(scramFile)+"wrong:{PLAIN}x:0:0::/home/x::\n")
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
	passwd, _ := testFiles(t)
	for login, want := range map[string]error{"alice": nil, "root": errRoot, "mallory": errNoUser} {
		if _, err := alone(passwd).Lookup(t.Context(), login); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", login, err, want)
		}
	}
}

func TestPasswdAPOPSCRAM(t *testing.T) {
	passwd, config := testFiles(t)
	file := filepath.Join(filepath.Dir(config.Passwd), "apop")
	apop := NewPasswdAPOP(passwd, file)
	if _, _, err := alone(apop).SCRAMKeys(t.Context(), "alice", scram.SHA1); err == nil || errors.Is(err, pop3.ErrAuth) {
		t.Error("no file:", err)
	}
	err := secrets.Edit(file, func(all map[string]string) error {
		all["alice"], all["mallory"], all["root"] = "other", "other", "other"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		login, password string
		own             bool
		want            error
	}{
		{"alice", "other", true, nil},
		{"alice", testPassword, false, nil},
		{"mallory", "other", false, errNoUser},
		{"here", "", false, errNoKeys},
		{"root", "other", true, errRoot},
		{"carol", "x", false, errNoUser},
	}
	for _, tt := range tests {
		keys, admit, err := alone(apop).SCRAMKeys(t.Context(), tt.login, scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if proves(keys, tt.password) != tt.own {
			t.Errorf("%s: keys of another password than %s", tt.login, tt.password)
		}
		if _, err := admit(true); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.login, err, tt.want)
		}
	}
}

func TestMySQLReach(t *testing.T) {
	tests := []struct {
		crypt         string
		secret, scram Reach
	}{{"no", ForAll, ForAll}, {"yes", ForNobody, ForSome}, {"crypt", ForNobody, ForNobody}, {"sha", ForNobody, ForNobody}}
	for _, tt := range tests {
		m, err := NewMySQL(MySQLOptions{Crypt: tt.crypt, Verifier: password.NewVerifier()})
		if err != nil {
			t.Fatal(err)
		}
		if m.SecretReach() != tt.secret || m.SCRAMReach(scram.SHA256) != tt.scram {
			t.Errorf("%s: %v, %v", tt.crypt, m.SecretReach(), m.SCRAMReach(scram.SHA256))
		}
		// A name that no table can hold is nobody's, without a database.
		keys, admit, err := alone(m).SCRAMKeys(t.Context(), "\x00", scram.SHA1)
		if err != nil || keys.Iterations != scram.MinIterations {
			t.Fatalf("%s: %+v, %v", tt.crypt, keys, err)
		}
		if _, err := admit(true); !errors.Is(err, errNoUser) || keys.Fits("x") {
			t.Errorf("%s: %v", tt.crypt, err)
		}
		if _, err := alone(m).Lookup(t.Context(), "\x00"); !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v", tt.crypt, err)
		}
		_ = m.Close()
	}
}

// alone is a database as the only one.
func alone(d Database) *Sequence { return NewSequence(password.NewVerifier(), d) }
