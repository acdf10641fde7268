package workers

import (
	"iter"
	"time"

	"tpops/pkg/pop3"
)

// servers returns the servers that have sessions. After Environment.Leave the first one has those
// that are still at work, which the other one goes on with when they come to rest.
func (t *thread) servers() []*pop3.Server {
	server := t.server.Load() // first: the former one is set before it is replaced
	if former := t.former.Load(); former != nil && former != server {
		return []*pop3.Server{former, server}
	}
	return []*pop3.Server{server}
}

// Stats implements Model.
func (t *thread) Stats() (all pop3.Stats) {
	for _, server := range t.servers() {
		s := server.Stats()
		all.Sessions, all.Mailboxes, all.Logins = all.Sessions+s.Sessions, all.Mailboxes+s.Mailboxes, all.Logins+s.Logins
	}
	return all
}

// Sessions implements Model. One that comes to rest meanwhile may be there twice, or be missing.
func (t *thread) Sessions() iter.Seq[pop3.SessionInfo] {
	return func(yield func(pop3.SessionInfo) bool) {
		for _, server := range t.servers() {
			for s := range server.Sessions() {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// Kick implements Model.
func (t *thread) Kick(selects func(*pop3.SessionInfo) bool) (kicked []pop3.SessionInfo) {
	for _, server := range t.servers() {
		kicked = append(kicked, server.Kick(selects)...)
	}
	return kicked
}

// TakeOver implements Model.
func (t *thread) TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo {
	for _, server := range t.servers() {
		if holder := server.TakeOver(maildrop, silent); holder != nil {
			return holder
		}
	}
	return nil
}
