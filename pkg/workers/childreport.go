package workers

import (
	"context"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// reportBusy reports that a session begins, unless the last one has just ended.
func (c *Child) reportBusy() {
	if !c.busy {
		c.busy = true
		c.poller.Report(process.Busy, "")
	}
}

// reportIdle reports that no session follows the last one at once.
func (c *Child) reportIdle() {
	if c.busy {
		c.busy = false
		c.poller.Report(process.Idle, "")
	}
}

// countLogins returns an opener that shows logins to the parent.
func (c *Child) countLogins(open pop3.Opener) pop3.Opener {
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err == nil && c.board != nil {
			c.board.LogIn()
		}
		return mailbox, err
	}
}
