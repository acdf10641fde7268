package guard

// State is what a Guard counts at one moment.
type State struct {
	Connections int // of clients
	LoggedIn    int // of them
	Room        int // connections that can be counted
	Bans        int // networks
}

// State returns what is counted in all processes that share the memory. Goroutines may call
// it at any time.
func (m *Memory) State() State {
	return State{
		Connections: m.count(func(*slot) bool { return true }),
		LoggedIn:    m.count(func(s *slot) bool { return s.state.Load() == loggedIn }),
		Room:        len(m.slots),
		Bans:        len(m.Bans()),
	}
}
