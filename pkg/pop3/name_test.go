package pop3

import (
	"errors"
	"fmt"
	"testing"
)

func TestSameName(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"ann@example.org", "ann@example.org", true}, {"Ann@EXAMPLE.org", "aNN@example.ORG", true}, {"", "", true},
		{"\u00e9mile", "\u00e9mile", true}, {"\u00e9mile", "\u00c9mile", false}, {"\u00e9mile", "emile", false},
		{"\u212aim", "kim", false}, {"\u017fam", "sam", false}, {"ann ", "ann", false}, {"ann", "ann\x00", false},
		{"a[", "a{", false}, {"a@", "a`", false}, {"\xff", "\xfe", false}, {"\xff", "\xff", true},
	} {
		if SameName(test.a, test.b) != test.want || SameName(test.b, test.a) != test.want {
			t.Errorf("%q, %q: want %t", test.a, test.b, test.want)
		}
	}
}

func TestIsPlainName(t *testing.T) {
	for name, want := range map[string]bool{
		"ann@example.org": true, "a": true, "!~": true, "": false, " ": false, "a b": false, "ann ": false, "\x7f": false,
		"\x1f": false, "\u00e9": false, "\xff": false, "a\u00a0": false,
	} {
		if IsPlainName(name) != want {
			t.Errorf("%q: want %t", name, want)
		}
	}
}

func TestRowName(t *testing.T) {
	about := fmt.Errorf("more: %w", &UserError{Name: "ann", Err: ErrAuth})
	for _, test := range []struct {
		account *Account
		err     error
		want    string
	}{
		{nil, ErrAuth, "ANN"}, {nil, about, "ann"}, {&Account{Name: "ann"}, nil, "ann"}, {&Account{}, nil, "ANN"}, {nil, nil, "ANN"},
	} {
		if got := rowName("ANN", test.account, test.err); got != test.want {
			t.Errorf("%v, %v: %q, want %q", test.account, test.err, got, test.want)
		}
	}
	if !errors.Is(about, ErrAuth) || about.Error() != "more: "+ErrAuth.Error() {
		t.Errorf("%v", about)
	}
}
