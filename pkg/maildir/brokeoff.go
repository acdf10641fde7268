package maildir

import "tpops/pkg/pop3"

// brokenName is the file in the Maildir with the messages that broke off lately. It is read
// and written only when a message breaks off, so that it costs other sessions nothing.
const (
	brokenName = "tpops_broken"
	maxBroken  = 32
)

// BrokeOff implements pop3.Breaker. Two sessions at once may count as one.
func (m *Mailbox) BrokeOff(n int) (count int, file string) {
	if n < 1 || n > m.Listing().Len() {
		return 0, ""
	}
	counts, err := m.countSession(&messageCounts{brokenName, maxBroken}, []int{n})
	if err != nil {
		m.logger().Warn("tpops_broken not written", "file", brokenName, "error", err)
		return 0, ""
	}
	return counts[0], m.snap.name(m.snap.files[m.snap.index(n)])
}

var _ pop3.Breaker = (*Mailbox)(nil)
