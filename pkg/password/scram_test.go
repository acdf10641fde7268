package password

import (
	"errors"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// Keys that Dovecot's doveadm pw -s made for the password pencil.
const (
	dovecotSHA256 = "{SCRAM-SHA-256}4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA="
	dovecotSHA1   = "{SCRAM-SHA-1}4096,1fU7pnoYS4B+HyfiRM8kfQ==,C0j2otxGLK3pKvxCeGzqYJFPGus=,+RJ3FbdmqqpTthVz8GoKNeat7Pg="
)

func TestSCRAMScheme(t *testing.T) {
	v := NewVerifier()
	for _, text := range []string{dovecotSHA256, dovecotSHA1, strings.ToLower(dovecotSHA1[:13]) + dovecotSHA1[13:]} {
		s, err := Parse(text, "CRYPT")
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]bool{"pencil": true, "Pencil": false, "": false, "pencil ": false} {
			if ok, err := v.Matches(t.Context(), s, pop3.Attempt{Password: password}); ok != want || err != nil {
				t.Errorf("%s: %q: %t, %v", s.Scheme, password, ok, err)
			}
		}
	}
	for text, want := range map[string]error{
		"{SCRAM-SHA-256}x": errMalformed, "{SCRAM-SHA-256}" + dovecotSHA1[13:]: errMalformed,
		"{SCRAM-SHA-1}99999999" + dovecotSHA1[17:]: errCostly, "{SCRAM-SHA-512}x": errScheme,
	} {
		s, err := Parse(text, "CRYPT")
		if err == nil {
			_, err = s.prepare()
		}
		if !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", text, err, want)
		}
	}
}
