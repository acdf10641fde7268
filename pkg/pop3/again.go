package pop3

import "log/slog"

// againLimit is in how many sessions without QUIT a message is retrieved before it is
// logged.
const againLimit = 3

// Again describes messages that were retrieved in several sessions without QUIT.
type Again struct {
	Messages int  // how many have reached the limit
	Sessions int  // the highest number of sessions of a message
	First    int  // number of the first message that has reached the limit; 0: none has
	New      bool // one of them has reached it now
}

// Add adds message n, which was retrieved in so many sessions.
func (a *Again) Add(n, sessions, limit int) {
	a.Sessions = max(a.Sessions, sessions)
	if sessions < limit {
		return
	}
	a.Messages++
	a.New = a.New || sessions == limit
	if a.First == 0 {
		a.First = n
	}
}

// fetchedAgain notes what a session has retrieved that ends without QUIT, and logs it if
// some of it was retrieved often: the client may make duplicates. Ends that the server has
// caused do not count.
func (t *transaction) fetchedAgain() {
	memory, remembers := t.mailbox.(Unfinisher)
	if !remembers || t.Retrieved == 0 {
		return
	}
	switch t.s.ending {
	case reasonClient, reasonLost, reasonTimeout, reasonExpired:
	default:
		return
	}
	again := memory.Unfinished(t.Marks.Seen(), againLimit)
	if !again.New {
		return
	}
	t.s.log(slog.LevelWarn, EventFetchedAgain, slog.Int("count", again.Messages), slog.Int("sessions", again.Sessions),
		slog.String("uidl", t.listing().Message(again.First).UIDL))
}
