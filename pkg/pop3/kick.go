package pop3

// Kick ends the sessions that selects accepts, and returns what was known of them. It
// does not wait for their ends. Nothing is deleted, except by a session in the UPDATE state,
// which finishes its QUIT.
func (s *Server) Kick(selects func(*SessionInfo) bool) []SessionInfo {
	var kicked []SessionInfo
	for f := range s.registry.find("") {
		if selects(&f.info) {
			f.session.evict(&Refusal{Answer: ErrTemporary, Ended: "ended by operator"})
			kicked = append(kicked, f.info)
		}
	}
	return kicked
}

// evict ends the session. Any goroutine may call it.
func (s *session) evict(r *Refusal) {
	if s.eviction.order(r) {
		s.home.Load().interrupt(s)
	}
}

// endedAs returns why the session ended, for the log.
func (s *session) endedAs() string {
	if s.ending == reasonRefused && s.refusal != nil && s.refusal.Ended != "" {
		return s.refusal.Ended
	}
	return string(s.ending)
}
