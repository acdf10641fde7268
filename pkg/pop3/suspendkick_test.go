package pop3_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// TestKickThenSuspend checks that a session that an operator has ended is not handed over
// to the next process, if the hand-over begins before the session has noticed.
func TestKickThenSuspend(t *testing.T) {
	eachParking(t, 2, nil, func(t *testing.T, p *parking) {
		first, _ := p.loggedIn()
		first.want(first.ask("DELE 1"), "+OK message deleted")
		p.wait(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		kicked := p.server.Kick(func(*pop3.SessionInfo) bool {
			p.server.RequestSuspend() // The hand-over comes in between.
			return true
		})
		if rest := p.server.Suspend(ctx); len(kicked) != 1 || len(rest) != 0 {
			t.Fatalf("%d sessions ended, %d handed over", len(kicked), len(rest))
		}
		first.want(first.line(), "EOF")
		if log := p.log.String(); !strings.Contains(log, `reason="ended by operator"`) {
			t.Error(log)
		}
	})
}
