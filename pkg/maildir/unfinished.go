package maildir

import (
	"iter"

	"tpops/pkg/pop3"
)

// unfinishedName is the file in the Maildir with the messages that were retrieved lately in
// sessions that ended without QUIT. It is read and written only at the end of such a
// session, so that it costs other sessions nothing.
const (
	unfinishedName = "tpops_unfinished"
	maxUnfinished  = 256
)

// Unfinished implements pop3.Unfinisher. Of a session only the first 256 messages are
// counted.
func (m *Mailbox) Unfinished(retrieved iter.Seq[int], limit int) (again pop3.Again) {
	var messages []int
	for n := range retrieved {
		if len(messages) == maxUnfinished || n > m.Listing().Len() {
			break
		}
		messages = append(messages, n)
	}
	if len(messages) == 0 {
		return pop3.Again{}
	}
	counts, err := m.countSession(&messageCounts{unfinishedName, maxUnfinished}, messages)
	if err != nil {
		m.logger().Warn("tpops_unfinished not written", "file", unfinishedName, "error", err)
		return pop3.Again{}
	}
	for i, count := range counts {
		again.Add(messages[i], count, limit)
	}
	return again
}

var _ pop3.Unfinisher = (*Mailbox)(nil)
