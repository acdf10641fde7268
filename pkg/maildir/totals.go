package maildir

import (
	"math"
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

// mostOctets returns how large one of so many messages may be. It keeps the sum
// of all sizes within an int64, whatever sizes names claim and sparse files
// have. No real size reaches the limit.
func mostOctets(messages int) int64 { return math.MaxInt64 / int64(max(messages, 1)) }
