package maildir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestIsUIDL(t *testing.T) {
	tests := []struct {
		name, uidl string
		want       bool
	}{
		{"a Maildir name", "1035478339.27041_118.host,S=1000", true},
		{"70 characters", strings.Repeat("x", 70), true},
		{"71 characters", strings.Repeat("x", 71), false},
		{"empty", "", false},
		{"the ends of the range", "!~", true},
		{"space", "a b", false},
		{"DEL", "a\x7f", false},
		{"8 bit", "a\xe9", false},
		{"line end", "a\r\n.", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := isUIDL(tt.uidl); got != tt.want {
				t.Errorf("isUIDL(%q) = %v", tt.uidl, got)
			}
		})
	}
}

// Each octet decides at each place, among others at both ends of the range.
func TestIsUIDLEachOctet(t *testing.T) {
	for length := 1; length <= 19; length++ {
		for at := range length {
			for octet := range 256 {
				for _, others := range []string{"!", "~", "A"} {
					text := []byte(strings.Repeat(others, length))
					text[at] = byte(octet)
					if got, want := isUIDL(string(text)), octet >= 0x21 && octet <= 0x7e; got != want {
						t.Fatalf("isUIDL(%q) = %v", text, got)
					}
				}
			}
		}
	}
}

// sum is the UIDL of a message whose name cannot be it.
func sum(input string) string {
	full := sha256.Sum256([]byte(input))
	return hex.EncodeToString(full[:16])
}

func TestUIDLs(t *testing.T) {
	long := "1." + strings.Repeat("x", 69)
	tests := []struct {
		name  string
		files []string
		want  []string
	}{
		{"names", []string{"new/2.b", "cur/1.a:2,S"}, []string{"1.a", "2.b"}},
		{"too long", []string{"cur/" + long + ":2,"}, []string{sum(long)}},
		{"illegal octets", []string{"cur/1 a", "cur/2\xff"}, []string{sum("1 a"), sum("2\xff")}},
		{"nothing before the colon", []string{"cur/:2,S"}, []string{sum("")}},
		{"a name that is another's digest", []string{"cur/1 a", "cur/" + sum("1 a")},
			order(sum("1 a\x001"), sum("1 a"))},
		{"and one that is the next", []string{"cur/1 a", "cur/" + sum("1 a"), "cur/" + sum("1 a\x001") + ":2,"},
			order(sum("1 a\x002"), sum("1 a"), sum("1 a\x001"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := open(t, newMaildir(t, tt.files...), Options{UseFilesize: true})
			got := uidls(m)
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("UIDLs %q, want %q", got, tt.want)
			}
		})
	}
}

func order(all ...string) []string { return all }

// Different files with one unique name get different UIDLs, the same at every
// login.
func TestUIDLTwins(t *testing.T) {
	dir := newMaildir(t)
	for name, text := range map[string]string{"new/1.a": "one", "cur/1.a:2,S": "two", "cur/1.a:2,F": "another size"} {
		deliver(t, dir, name, text)
	}
	m := open(t, dir, Options{UseFilesize: true})
	got := uidls(m)
	if len(got) != 3 || got[0] == got[1] || got[0] == got[2] || got[1] == got[2] {
		t.Fatalf("UIDLs %q", got)
	}
	wantUIDLs(t, open(t, dir, Options{}), got...)
	// One more file takes none of their UIDLs.
	deliver(t, dir, "cur/1.a:2,T", "four")
	all := uidls(open(t, dir, Options{}))
	if slices.Sort(all); len(slices.Compact(all)) != 4 {
		t.Errorf("UIDLs %q", all)
	}
}

// checkUIDLs checks what must hold for any messages.
func checkUIDLs(t *testing.T, names *table, given *givenUIDLs) {
	t.Helper()
	assigned := assignUIDLs(names, given)
	owner := map[string]string{}
	for i, f := range names.files {
		uidl := assigned.of(names, i)
		if !isUIDL(uidl) {
			t.Errorf("%q has the illegal UIDL %q", names.name(f), uidl)
		}
		if other, double := owner[uidl]; double {
			t.Errorf("%q has the UIDL %q of %q", names.name(f), uidl, other)
		}
		owner[uidl] = names.name(f)
		named := !names.isTwin(i) && isUIDL(names.unique(f))
		if given == nil && named != (uidl == names.unique(f)) {
			t.Errorf("%q has the UIDL %q", names.name(f), uidl)
		}
	}
}

// tableOf returns a table of the given names, as if all were in cur.
func tableOf(names []string) *table {
	t := &table{names: strings.Join(names, "")}
	start := 0
	for i, name := range names {
		t.twins = append(t.twins, identity{sum: digest{byte(i % 2)}}) // most of them alike
		f := newFile(name, start, inCur)
		f.twin = uint32(i + 1)
		t.files = append(t.files, f)
		start += len(name)
	}
	slices.SortFunc(t.files, t.compare)
	return t
}

// No two messages have the same UIDL, whatever the names, even if they are
// made of the UIDLs that others get.
func FuzzUIDLs(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, lines string) {
		if len(text) > 2000 {
			return
		}
		names := strings.Split(text, "\n")
		for round := range 3 {
			found := tableOf(names)
			given, _, err := parseUIDLs(lines, 100)
			if err != nil {
				given = nil
			}
			checkUIDLs(t, found, given)
			checkUIDLs(t, found, nil)
			assigned := assignUIDLs(found, nil)
			for i := range found.files {
				names = append(names, assigned.of(found, i)+fmt.Sprintf(":2,%d", round))
			}
		}
	})
}
