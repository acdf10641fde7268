package password

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// check compares password with a stored one.
func check(t *testing.T, text, password string) (bool, error) {
	t.Helper()
	s, err := Parse(text, "CRYPT")
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return NewVerifier().Matches(t.Context(), s, pop3.Attempt{Password: password})
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if ok, err := check(t, v.stored, v.password); !ok || err != nil {
				t.Errorf("right password: %v, %v", ok, err)
			}
			// The first octet counts in every method.
			wrong := "?" + v.password[1:]
			if ok, err := check(t, v.stored, wrong); ok || err != nil {
				t.Errorf("wrong password: %v, %v", ok, err)
			}
		})
	}
}

func TestNeverMatches(t *testing.T) {
	const sha = "{SHA}60cXn4M+9rlkPiIl1CM8mjjFKYE="
	tests := []struct{ name, stored, password string }{
		{"nothing stored", "{PLAIN}", ""},
		{"nothing stored, something sent", "{PLAIN}", "x"},
		{"nothing stored, crypt", "", "x"},
		{"the empty password in the clear", "{PLAIN.B64}", ""},
		{"a digest of the empty password", "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", ""},
		{"NUL in the middle", "{PLAIN.HEX}7800", "x\x00"},
		{"NUL after a digest's password", sha, "tanstaaf\x00"},
		{"NUL after crypt's password", "ab/TdqTfG5VbQ", "tanstaaf\x00"},
		{"longer than any password", "{PLAIN}" + strings.Repeat("x", MaxPassword+1), strings.Repeat("x", MaxPassword+1)},
		{"locked by usermod -L", "!ab/TdqTfG5VbQ", "tanstaaf"},
		{"locked with its mark", "!ab/TdqTfG5VbQ", "!tanstaaf"},
		{"star", "*", "*"},
		{"crypt's failure token", "*0", "x"},
		{"only the beginning", "{PLAIN}tanstaaf", "tanstaa"},
		{"more than all", "{PLAIN}tanstaaf", "tanstaaff"},
		{"other case", "{PLAIN}tanstaaf", "Tanstaaf"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if ok, err := check(t, test.stored, test.password); ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
}

func TestMatchesAMark(t *testing.T) {
	if ok, err := check(t, "{PLAIN}!tanstaaf", "!tanstaaf"); !ok || err != nil {
		t.Errorf("a mark in a clear password disabled it: %v, %v", ok, err)
	}
}

func TestUnchecked(t *testing.T) {
	const bcrypt53 = "abcdefghijklmnopqrstuuwByubmpIg6p9eeqm.Bn7rrsKcoFGwx."
	const sha86 = "wi5aZabVEbZhKbcLeWtMDysR5fiBLATiSFjr4ouJfQ6PS1qsrL2HlVPZG9gwohJiQ7PAmMLYS9iVdS4PtzCXk."
	const y43 = "NswY8zcS21lY2QEXEyjZyy6itFKauYyOwg1m.nQP2R6"
	const argonEnd = "$c29tZXNhbHQ$UMbygp+LRMVoLXiFCGuOMXeXSqzl4gutjEAZxc4xcbE"
	tests := []struct {
		name, stored string
		want         error
	}{
		{"not a hash", "NP", errMalformed},
		{"DES, bad salt", "é/TdqTfG5VbQ", errMalformed},
		{"DES, too long", "ab/TdqTfG5VbQQ", errMalformed},
		{"BSDi, cut off", "_J9..rasmD/87", errMalformed},
		{"BSDi, costly", "_zzzzrasmD/87MnjWyz6", errCostly},
		{"BSDi, no rounds", "_....rasmD/87MnjWyz6", errMalformed},
		{"MD5, cut off", "$1$saltstri", errMalformed},
		{"MD5 with rounds", "$1$rounds=1000$s$JQd4nyppFOWs8F6o/c0Qq1", errMalformed},
		{"MD5, salt like rounds", "$1$rounds=1$mQoLoiI6SdN3sfWTuHeXv0", errMalformed},
		{"SHA, salt too long", "$6$0123456789abcdefg$" + sha86, errMalformed},
		{"SHA, few rounds", "$6$rounds=999$s$" + sha86, errMalformed},
		{"SHA, costly", "$6$rounds=999999999$s$" + sha86, errCostly},
		{"SHA, rounds overflow", "$6$rounds=99999999999999999999$s$" + sha86, errMalformed},
		{"SHA, signed rounds", "$6$rounds=+5000$s$" + sha86, errMalformed},
		{"SHA, rounds without salt", "$6$rounds=5000$" + sha86, errMalformed},
		{"SHA, more parts", "$6$rounds=5000$s$s$" + sha86, errMalformed},
		{"SHA, only the method", "$6$", errMalformed},
		{"bcrypt x", "$2x$05$" + bcrypt53, errMalformed},
		{"bcrypt without minor", "$2$05$" + bcrypt53, errMalformed},
		{"bcrypt, costly", "$2b$31$" + bcrypt53, errCostly},
		{"bcrypt, no cost", "$2b$xx$" + bcrypt53, errMalformed},
		{"bcrypt, cut off", "$2b$05$" + bcrypt53[1:], errMalformed},
		{"yescrypt, costly", "$y$jFT$LdJMENpBABJJ3hIHjB1Bi.$" + y43, errCostly},
		{"yescrypt, costlier than 64 bits", "$y$jzz$LdJMENpBABJJ3hIHjB1Bi.$" + y43, errCostly},
		{"yescrypt, unknown parameters", "$y$jAT.1$LdJMENpBABJJ3hIHjB1Bi.$" + y43, errMalformed},
		{"yescrypt, bad salt", "$y$j75$!!$" + y43, errMalformed},
		{"yescrypt, cut off", "$y$j75", errMalformed},
		{"gost-yescrypt", "$gy$j9T$IWWkZiodLrX2epH8bw3bY/$OosuSinRJgxQjPGzIj2HfCzk9YjJ30qNd7ipMYgcIn9", errMalformed},
		{"Argon2, memory", "{ARGON2ID}$argon2id$v=19$m=4294967295,t=1,p=1" + argonEnd, errCostly},
		{"Argon2, passes", "{ARGON2ID}$argon2id$v=19$m=262144,t=4294967295,p=1" + argonEnd, errCostly},
		{"Argon2, lanes", "{ARGON2ID}$argon2id$v=19$m=4096,t=1,p=256" + argonEnd, errCostly},
		{"Argon2, none of each", "{ARGON2ID}$argon2id$v=19$m=0,t=0,p=0" + argonEnd, errMalformed},
		{"Argon2, number too large", "{ARGON2ID}$argon2id$v=19$m=4294967296,t=1,p=1" + argonEnd, errMalformed},
		{"Argon2, old version", "{ARGON2ID}$argon2id$v=16$m=4096,t=3,p=4" + argonEnd, errMalformed},
		{"Argon2d", "{ARGON2ID}$argon2d$v=19$m=4096,t=3,p=4" + argonEnd, errMalformed},
		{"Argon2, short hash", "{ARGON2ID}$argon2id$v=19$m=4096,t=3,p=4$c29tZXNhbHQ$UMby", errMalformed},
		{"method of another scheme", "{MD5-CRYPT}$6$saltstring$" + sha86, errMalformed},
		{"SHA, half a digest", "{SHA}60cXn4M=", errMalformed},
		{"SHA, no base64", "{SHA}????????????????????????????", errEncoding},
		{"SSHA without a whole digest", "{SSHA}60cXn4M=", errMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ok, err := check(t, test.stored, "tanstaaf")
			if ok || !errors.Is(err, test.want) {
				t.Errorf("%v, %v, want %v", ok, err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "tanstaaf") || strings.Contains(err.Error(), test.stored)) {
				t.Errorf("the error contains a secret: %v", err)
			}
		})
	}
}

func TestParseStored(t *testing.T) {
	tests := []struct {
		name, text, fallback string
		want                 Stored
		err                  error
	}{
		{"scheme", "{SHA}abc", "PLAIN", Stored{"SHA", "abc"}, nil},
		{"lower case", "{ssha512}abc", "PLAIN", Stored{"SSHA512", "abc"}, nil},
		{"fallback", "abc", "plain", Stored{"PLAIN", "abc"}, nil},
		{"brace that is not closed", "{abc", "PLAIN", Stored{"PLAIN", "{abc"}, nil},
		{"brace later", "a{SHA}b", "PLAIN", Stored{"PLAIN", "a{SHA}b"}, nil},
		{"scheme in the password", "{PLAIN}{SHA}b", "CRYPT", Stored{"PLAIN", "{SHA}b"}, nil},
		{"nothing", "", "PLAIN", Stored{"PLAIN", ""}, nil},
		{"text in hexadecimal", "{PLAIN.HEX}6162", "CRYPT", Stored{"PLAIN", "ab"}, nil},
		{"digest in hexadecimal", "{SHA.hex}616263", "CRYPT", Stored{"SHA", "YWJj"}, nil},
		{"digest in base64", "{SHA.B64}YWJj", "CRYPT", Stored{"SHA", "YWJj"}, nil},
		{"text in base64", "{CRYPT.BASE64}YWJj", "PLAIN", Stored{"CRYPT", "abc"}, nil},
		{"unknown scheme", "{ROT13}abc", "PLAIN", Stored{}, errScheme},
		{"empty scheme", "{}abc", "PLAIN", Stored{}, errScheme},
		{"unknown fallback", "abc", "", Stored{}, errScheme},
		{"unknown encoding", "{PLAIN.OCT}6162", "CRYPT", Stored{"PLAIN", ""}, errScheme},
		{"wrong hexadecimal", "{PLAIN.HEX}6", "CRYPT", Stored{"PLAIN", ""}, errEncoding},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.text, test.fallback)
			if got != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("%v, %v, want %v, %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestClearText(t *testing.T) {
	tests := []struct {
		name string
		s    Stored
		want string
		ok   bool
	}{
		{"plain", Stored{"PLAIN", "secret"}, "secret", true},
		{"cleartext", Stored{"CLEARTEXT", " s "}, " s ", true},
		{"empty", Stored{"PLAIN", ""}, "", false},
		{"digest", Stored{"SHA", "secret"}, "secret", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := test.s.ClearText(); got != test.want || ok != test.ok {
				t.Errorf("%q, %v, want %q, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func FuzzMatches(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.stored, v.password)
	}
	verifier := NewVerifier()
	f.Fuzz(func(t *testing.T, text, password string) {
		s, err := Parse(text, "CRYPT")
		if err != nil {
			return
		}
		ok, err := verifier.Matches(context.Background(), s, pop3.Attempt{Password: password})
		if ok && (err != nil || password == "" || s.IsLocked()) {
			t.Errorf("matches with %v", err)
		}
		fits := password != "" && len(password) <= MaxPassword && !strings.Contains(password, "\x00")
		if clear, is := s.ClearText(); is && ok != (fits && clear == password) {
			t.Errorf("stored %q, password %q: %v", clear, password, ok)
		}
		if len(verifier.slots) != 0 || len(verifier.turn) != 0 {
			t.Errorf("%d processors were not released", len(verifier.slots))
		}
	})
}
