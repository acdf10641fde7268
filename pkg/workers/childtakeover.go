package workers

import (
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// takeOver ends the session if it is the one that the parent has marked and its client is
// gone.
func (c *Child) takeOver(silent time.Duration) {
	if c.server == nil || c.board == nil {
		return
	}
	for s := range c.server.Sessions() {
		if c.board.IsWanted(s.ID) {
			c.server.TakeOver(s.Maildrop, silent)
		}
	}
}

// askTakeOver has the parent do the same with the session that has a Maildir. It returns
// what the parent has answered to an earlier call, nil if that was nothing.
func (c *Child) askTakeOver(maildrop string, _ time.Duration) *pop3.SessionInfo {
	c.poller.Report(process.Locked, maildrop)
	// A child may have asked for the Maildir of another user before.
	if holder, ok := c.board.Holder(); ok && holder.Has(maildrop) {
		return &holder
	}
	return nil
}
