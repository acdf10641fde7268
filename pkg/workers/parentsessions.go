package workers

import (
	"iter"
	"slices"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/board"
	"tpops/pkg/workers/process"
)

// startWithBoard starts a child that shows its sessions on a board.
func (m *parent) startWithBoard(f childFiles, r role, ports []pop3.Port) (*process.Child, error) {
	shown, file, err := board.New()
	if err != nil {
		return nil, err
	}
	defer file.Close() // The child has its own.
	f.board = file
	child, err := m.startChild(m.pool, m.Config, f, r, ports)
	if err != nil {
		_ = shown.Close() // The first error is the one that matters.
		return nil, err
	}
	shown.Observe(m.dialogues.Wants())
	m.boards[child] = shown
	return child, nil
}

// dropBoard gives back the board of a child that has ended.
func (m *parent) dropBoard(child *process.Child) {
	if shown := m.boards[child]; shown != nil {
		m.takeLines(shown)
		all, _ := shown.Logins()
		m.logins += all
		_ = shown.Close() // It was mapped, so that it can be unmapped.
		delete(m.boards, child)
	}
}

// Stats implements Model.
func (m *parent) Stats() (s pop3.Stats) {
	m.do(func() {
		c := m.pool.Counts()
		s = pop3.Stats{Sessions: c.Sessions, Logins: m.logins}
		for _, shown := range m.boards {
			all, present := shown.Logins()
			s.Logins += all
			if present {
				s.Mailboxes++
			}
		}
	})
	return s
}

// Sessions implements Model.
func (m *parent) Sessions() iter.Seq[pop3.SessionInfo] {
	var all []pop3.SessionInfo
	m.do(func() {
		for _, shown := range m.boards {
			if info, ok := shown.Read(); ok {
				all = append(all, info)
			}
		}
	})
	return slices.Values(all)
}

// Kick implements Model.
func (m *parent) Kick(selects func(*pop3.SessionInfo) bool) (kicked []pop3.SessionInfo) {
	m.do(func() {
		for child, shown := range m.boards {
			if info, ok := shown.Read(); ok && selects(&info) {
				shown.Kick(info.ID)
				child.Order(process.Kick, 0)
				kicked = append(kicked, info)
			}
		}
	})
	return kicked
}

// shownTo returns what a login reads of another session. A child that was taken over can ask
// for each Maildir whose path it guesses, so it is no more.
func shownTo(info *pop3.SessionInfo) *pop3.SessionInfo {
	return &pop3.SessionInfo{ID: info.ID, Remote: info.Remote, Maildrop: info.Maildrop, LoginAt: info.LoginAt, CommandAt: info.CommandAt}
}
