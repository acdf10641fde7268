package pop3

import "time"

// ParkSoon makes the server park sessions after a short time.
func (s *Server) ParkSoon() { s.work.parkAfter = time.Millisecond }

// Parked returns how many sessions are parked.
func (s *Server) Parked() int { return s.registry.lot.parked() }

// Parkings returns how often sessions have been parked.
func (s *Server) Parkings() (n int64) {
	s.registry.lot.mu.Lock()
	defer s.registry.lot.mu.Unlock()
	for _, p := range s.registry.lot.spaces {
		n += int64(p.uses)
	}
	return n
}

// RequestSuspend has sessions suspend themselves as soon as they look.
func (s *Server) RequestSuspend() { s.suspend.begin() }

// Holders returns how many parked sessions still remember the session that they have taken
// over.
func (s *Server) Holders() (n int) {
	s.registry.lot.mu.Lock()
	defer s.registry.lot.mu.Unlock()
	for _, p := range s.registry.lot.spaces {
		if p.session != nil && p.session.auth.holder != nil {
			n++
		}
	}
	return n
}
