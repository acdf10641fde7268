package maildir

import (
	"cmp"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestUniqueLen(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"no flags", "1035478339.27041_118.host", "1035478339.27041_118.host"},
		{"flags", "1.a.host:2,S", "1.a.host"},
		{"colon only", "1.a:", "1.a"},
		{"two colons", "1.a:2,S:x", "1.a"},
		{"flags only", ":2,S", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.file[:uniqueLen(tt.file)]; got != tt.want {
				t.Errorf("unique name %q, want %q", got, tt.want)
			}
		})
	}
}

func TestField(t *testing.T) {
	tests := []struct {
		name, unique string
		key          byte
		want         int64
		ok           bool
	}{
		{"S", "1.a,S=1000", 'S', 1000, true},
		{"S before W", "1.a,S=1000,W=1030", 'S', 1000, true},
		{"W after S", "1.a,S=1000,W=1030", 'W', 1030, true},
		{"zero", "1.a,S=0", 'S', 0, true},
		{"leading zeros", "1.a,S=007", 'S', 7, true},
		{"none", "1.a", 'S', 0, false},
		{"other key", "1.a,W=1", 'S', 0, false},
		{"small letter", "1.a,s=1", 'S', 0, false},
		{"without comma", "S=1", 'S', 0, false},
		{"without number", "1.a,S=", 'S', 0, false},
		{"sign", "1.a,S=-1", 'S', 0, false},
		{"plus", "1.a,S=+1", 'S', 0, false},
		{"letters after it", "1.a,S=10k", 'S', 0, false},
		{"dot after it", "1.a,S=10.host", 'S', 0, false},
		{"largest", "1.a,S=9223372036854775807", 'S', math.MaxInt64, true},
		{"one too many", "1.a,S=9223372036854775808", 'S', 0, false},
		{"overflow to a small one", "1.a,S=18446744073709551617", 'S', 0, false},
		{"very long", "1.a,S=" + strings.Repeat("9", 200), 'S', 0, false},
		{"second is good", "1.a,S=x,S=5", 'S', 5, true},
		{"first of two", "1.a,S=4,S=5", 'S', 4, true},
		{"end of another field", "1.a,XS=5", 'S', 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := field(tt.unique, tt.key)
			if got != tt.want || ok != tt.ok {
				t.Errorf("field(%q, %q) = %d, %v; want %d, %v", tt.unique, tt.key, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestWithSeen(t *testing.T) {
	tests := []struct {
		name, file, want string
		ok               bool
	}{
		{"no flags", "1.a", "1.a:2,S", true},
		{"empty flags", "1.a:2,", "1.a:2,S", true},
		{"colon only", "1.a:", "1.a:2,S", true},
		{"in the middle", "1.a:2,FRT", "1.a:2,FRST", true},
		{"at the end", "1.a:2,FR", "1.a:2,FRS", true},
		{"before keywords", "1.a:2,ab", "1.a:2,Sab", true},
		{"others in disorder are kept", "1.a:2,TF", "1.a:2,STF", true},
		{"there already", "1.a:2,FS", "1.a:2,FS", true},
		{"octets that are no text", "1.a:2,F\xff", "1.a:2,FS\xff", true},
		{"experimental info", "1.a:1,x", "1.a:1,x", false},
		{"unknown info", "1.a:2S", "1.a:2S", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := withSeen(tt.file)
			if got != tt.want || ok != tt.ok {
				t.Errorf("withSeen(%q) = %q, %v; want %q, %v", tt.file, got, ok, tt.want, tt.ok)
			}
			if ok && !isSeen(got) {
				t.Errorf("%q is not seen", got)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	want := []string{ // in their order
		"",
		"-1.a",
		"0",
		"00.a",
		"mail",
		"01.c",
		"1.a",
		"1.b",
		"2",
		"10",
		"999999999.x",
		"1000000000.x",
		"18446744073709551614",
		"18446744073709551615",
		"18446744073709551616",
		"018446744073709551617",
		"99999999999999999999",
		"100000000000000000000",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareNames)
	if !slices.Equal(got, want) {
		t.Errorf("order\n%q, want\n%q", got, want)
	}
}

func compareNames(a, b string) int {
	return compareUnique(a, b)
}

// naiveCompare says the same as compareNames in the plainest way.
func naiveCompare(a, b string) int {
	if c := naiveNumber(a).Cmp(naiveNumber(b)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

func naiveNumber(name string) *big.Int {
	n, _ := new(big.Int).SetString("0"+regexp.MustCompile(`^[0-9]*`).FindString(name), 10)
	return n
}

func FuzzName(f *testing.F) {
	f.Fuzz(func(t *testing.T, name, other string) {
		unique, _, _ := strings.Cut(name, ":")
		if got := name[:uniqueLen(name)]; got != unique {
			t.Errorf("unique name of %q is %q, want %q", name, got, unique)
		}
		if got, want := compareNames(unique, other), naiveCompare(unique, other); got != want {
			t.Errorf("compare %q, %q: %d, want %d", unique, other, got, want)
		}
		for _, key := range []byte("SW") {
			got, ok := field(unique, key)
			want, wantOK := naiveField(unique, key)
			if got != want || ok != wantOK {
				t.Errorf("field(%q, %q) = %d, %v; want %d, %v", unique, key, got, ok, want, wantOK)
			}
		}
		seen, ok := withSeen(name)
		if ok && (!isSeen(seen) || seen[:uniqueLen(seen)] != unique) || !ok && seen != name {
			t.Errorf("withSeen(%q) = %q, %v", name, seen, ok)
		}
		if again, _ := withSeen(seen); again != seen {
			t.Errorf("withSeen(%q) = %q", seen, again)
		}
	})
}

var digitsOnly = regexp.MustCompile(`\A[0-9]+\z`)

func naiveField(unique string, key byte) (int64, bool) {
	for i, part := range strings.Split(unique, ",") {
		value, found := strings.CutPrefix(part, string(key)+"=")
		if i == 0 || !found || !digitsOnly.MatchString(value) {
			continue
		}
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}
