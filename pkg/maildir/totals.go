package maildir

import (
	"slices"

	"tpops/pkg/pop3"
)

// totals returns what Message of all messages comes to, faster.
func (s *snapshot) totals() pop3.Totals {
	octets, last := int64(0), 0
	for i := range s.files {
		octets += min(s.files[i].octets, s.most)
	}
	for last < len(s.files) && hasSeen(s.info(s.files[s.index(last+1)])) {
		last++
	}
	return pop3.NewTotals(octets, last, !slices.Contains(s.uidls.text, ""))
}
