package password

import (
	"testing"

	"tpops/pkg/pop3"
)

// BenchmarkVerify measures the processor time of one login, by method.
func BenchmarkVerify(b *testing.B) {
	verifier := NewVerifier()
	for _, name := range []string{
		"DES, short", "MD5, short", "SHA-256, short", "SHA-512, short", "bcrypt b, short", "yescrypt default, short",
		"Dovecot SSHA512", "Dovecot ARGON2ID",
	} {
		b.Run(name, func(b *testing.B) {
			for _, v := range vectors {
				if v.name == name {
					benchmarkVerify(b, verifier, v.stored, v.password)
				}
			}
		})
	}
}

func benchmarkVerify(b *testing.B, verifier *Verifier, text, password string) {
	s, err := Parse(text, "CRYPT")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if ok, err := verifier.Matches(b.Context(), s, pop3.Attempt{Password: password}); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
