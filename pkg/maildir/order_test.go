package maildir

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The order by numbers is that of compare, for names of all kinds: without a
// number, with leading zeros, with numbers that are too large for any integer.
func TestSorted(t *testing.T) {
	numbers := []string{
		"", "0", "00", "1", "01", "9", "10", "1700000000", "01700000000",
		"18446744073709551614", "18446744073709551615", "18446744073709551616", "99999999999999999999999999",
		strings.Repeat("9", 40), "0" + strings.Repeat("9", 40),
	}
	var names []string
	for _, number := range numbers {
		for _, rest := range []string{"", "a", ".a", ".b", ".a:2,S", "\xff", "-1"} {
			if number+rest != "" {
				names = append(names, number+rest)
			}
		}
	}
	for round := range 50 {
		rand.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
		mixed := listedTable(names...)
		want := slices.Clone(mixed.files)
		slices.SortFunc(want, mixed.compare)
		if got := mixed.sorted(mixed.files); !slices.Equal(got, want) {
			t.Fatalf("round %d: the order is another one", round)
		}
	}
}

func BenchmarkSorted(b *testing.B) {
	var names []string
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("%d.M%06dP1.mail.example.org:2,S", 1_700_000_000+i/2, i))
	}
	rand.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	mixed := listedTable(names...)
	b.Run("numbers", func(b *testing.B) {
		for b.Loop() {
			mixed.sorted(mixed.files)
		}
	})
	b.Run("names", func(b *testing.B) {
		for b.Loop() {
			files := slices.Clone(mixed.files)
			slices.SortFunc(files, mixed.compare)
		}
	})
}
