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

func TestNames(t *testing.T) {
	for _, test := range []struct {
		names      Names
		name, want string
	}{
		{Names{}, "Ann@Example.ORG", "Ann@Example.ORG"},
		{Names{Lower: true}, "Ann@Example.ORG", "ann@example.org"},
		{Names{Lower: true}, "ann", "ann"},
		{Names{Lower: true}, "", ""},
		{Names{Lower: true}, "ANN*Boss", "ann*boss"},
		{Names{Lower: true}, "\u00c9MILE", "\u00c9mile"},
		{Names{Lower: true}, "\u212aIM", "\u212aim"},
		{Names{Lower: true}, "A\xff[Z", "a\xff[z"},
		{Names{Lower: true, Domain: "Example.org"}, "Ann", "ann@example.org"},
		{Names{Lower: true, Domain: "%Example.org"}, "Ann", "ann%example.org"},
		{Names{Lower: true, Domain: "example.org"}, "Ann@Other.org", "ann@other.org"},
		{Names{Domain: "Example.org"}, "Ann", "Ann@Example.org"},
	} {
		if got := test.names.Of(test.name); got != test.want || test.names.Of(got) != got {
			t.Errorf("%+v, %q: %q, want %q", test.names, test.name, got, test.want)
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
