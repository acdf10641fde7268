package auth

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Any list of networks is either rejected or covers only the networks in the text, and
// its output parses to the same list.
func FuzzNetworks(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseNetworks(text)
		if err != nil {
			if list != nil {
				t.Error("networks in spite of an error")
			}
			return
		}
		if len(list) != strings.Count(text, ",")+1 || len(list) > maxNetworks {
			t.Fatalf("%d networks of %q", len(list), text)
		}
		var words []string
		for _, network := range list {
			if !network.IsValid() || network.Masked() != network || network.Addr().Zone() != "" {
				t.Errorf("%v of %q", network, text)
			}
			words = append(words, network.String())
		}
		again, err := parseNetworks(strings.Join(words, ","))
		if diff := cmp.Diff(list, again, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}
