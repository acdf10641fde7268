package scram

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	xdg "github.com/xdg-go/scram"
)

func decode(t *testing.T, text string) []byte {
	t.Helper()
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// Keys that Dovecot's doveadm pw made for the password pencil.
var dovecots = []struct {
	hash Hash
	text string
}{
	{SHA256, "4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA="},
	{SHA256, "4096,euYB0RCFkP+hXh6j+ElkAA==,bLeYr7SZCWhTJQtBYXLe8hTj6UpQCcOcyq/eC+OBIfY=,vqe4gW2UAiq+DC/2krA0kcM7UAoiH/Mitht2QeLw4AU="},
	{SHA1, "4096,1fU7pnoYS4B+HyfiRM8kfQ==,C0j2otxGLK3pKvxCeGzqYJFPGus=,+RJ3FbdmqqpTthVz8GoKNeat7Pg="},
}

func TestDovecotsKeys(t *testing.T) {
	for _, d := range dovecots {
		keys, err := Parse(d.hash, d.text)
		if err != nil {
			t.Fatalf("%s: %v", d.text, err)
		}
		if !keys.Fits("pencil") || keys.Fits("Pencil") || keys.Fits("") {
			t.Errorf("%s: the keys match another password, or do not match pencil", d.text)
		}
		if made := Derive(d.hash, "pencil", keys.Salt, keys.Iterations).Text(); made != d.text {
			t.Errorf("made %s, want %s", made, d.text)
		}
	}
}

// TestOtherImplementation derives keys with the code of another program, with the salts
// of RFC 5802 §5 and RFC 7677 §3.
func TestOtherImplementation(t *testing.T) {
	tests := []struct {
		hash  Hash
		other xdg.HashGeneratorFcn
		salt  string
	}{
		{SHA1, xdg.SHA1, "QSXCR+Q6sek8bf92"},
		{SHA256, xdg.SHA256, "W22ZaJ0SNY7soEsUEjb6gQ=="},
	}
	for _, tt := range tests {
		client, err := tt.other.NewClient("user", "pencil", "")
		if err != nil {
			t.Fatal(err)
		}
		salt := decode(t, tt.salt)
		want, err := client.GetStoredCredentialsWithError(xdg.KeyFactors{Salt: string(salt), Iters: MinIterations})
		if err != nil {
			t.Fatal(err)
		}
		keys := Derive(tt.hash, "pencil", salt, MinIterations)
		if string(keys.StoredKey) != string(want.StoredKey) || string(keys.ServerKey) != string(want.ServerKey) {
			t.Errorf("%s: other keys", tt.hash)
		}
	}
}

func TestMake(t *testing.T) {
	a, err := Make(SHA256, "tan staaf", MinIterations)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Make(SHA256, "tan staaf", MinIterations)
	if err != nil || string(a.Salt) == string(b.Salt) || len(a.Salt) != saltSize {
		t.Errorf("salts %x and %x, %v", a.Salt, b.Salt, err)
	}
	back, err := Parse(SHA256, a.Text())
	if err != nil || back.Text() != a.Text() || !back.Fits("tan staaf") {
		t.Errorf("read back: %v, %v", back, err)
	}
	for _, iterations := range []int{0, -1, MinIterations - 1, MaxIterations + 1} {
		if _, err := Make(SHA256, "x", iterations); err == nil {
			t.Errorf("%d iterations are accepted", iterations)
		}
	}
	for _, password := range []string{"", "\u00ad", "a\x00b", "\xff", "a\u0007"} {
		if _, err := Make(SHA1, password, MinIterations); err == nil {
			t.Errorf("password %q is accepted", password)
		}
	}
}

// A password that SASLprep changes matches in both forms: clients prepare it, and other
// programs may have stored keys of the unprepared password.
func TestUnprepared(t *testing.T) {
	const typed, prepared = "IX\u00ad \u2168", "IX IX" // RFC 4013 §3
	made, err := Make(SHA1, typed, MinIterations)
	if err != nil || !made.Fits(typed) || !made.Fits(prepared) || made.Fits("IX") {
		t.Errorf("prepared keys: %v", err)
	}
	raw := Derive(SHA1, typed, made.Salt, MinIterations)
	if !raw.Fits(typed) || raw.Fits(prepared) {
		t.Error("the keys of the unprepared password do not match")
	}
}

func TestParse(t *testing.T) {
	good := Derive(SHA1, "pencil", []byte("0123456789abcdef"), MinIterations).Text()
	fields := strings.Split(good, ",")
	with := func(i int, text string) string {
		changed := append([]string{}, fields...)
		changed[i] = text
		return strings.Join(changed, ",")
	}
	tests := []struct {
		name, text string
		want       error
	}{
		{"good", good, nil},
		{"empty", "", errMalformed},
		{"a field too few", strings.Join(fields[:3], ","), errMalformed},
		{"a field too many", good + ",", errMalformed},
		{"a comma in front, as some write it", "," + good, errMalformed},
		{"few iterations", with(0, "1000"), errMalformed},
		{"no number", with(0, "x"), errMalformed},
		{"a sign", with(0, "+4096"), errMalformed},
		{"many iterations", with(0, "1000001"), ErrCostly},
		{"a number that overflows", with(0, "99999999999999999999"), errMalformed},
		{"no salt", with(1, ""), errMalformed},
		{"a long salt", with(1, strings.Repeat("AAAA", 50)), errMalformed},
		{"no base64", with(1, "!"), errMalformed},
		{"a newline", with(1, "QUJD\n"), errMalformed},
		{"a short key", with(2, "QUJD"), errMalformed},
		{"a long key", with(3, strings.Repeat("AAAA", 8)), errMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if keys, err := Parse(SHA1, tt.text); !errors.Is(err, tt.want) || (keys == nil) != (tt.want != nil) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range dovecots {
		f.Add(d.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := Parse(SHA256, text)
		if err != nil {
			return
		}
		again, err := Parse(SHA256, keys.Text())
		if err != nil || again.Text() != keys.Text() || keys.Iterations > MaxIterations {
			t.Errorf("%q becomes %q: %v", text, keys.Text(), err)
		}
	})
}

// FuzzPrepare looks for texts for which the library fails.
func FuzzPrepare(f *testing.F) {
	for _, text := range []string{"", "user", "I\u00adX", "\u00aa", "\u2168", "\u0007", "\u06271", "\u0627\u0031\u0628", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prepared, err := Prepare(text)
		if err == nil && prepared == "" {
			t.Errorf("%q: nothing is left", text)
		}
	})
}
