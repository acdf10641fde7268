package pop3

import "time"

// ParkSoon makes the server park sessions after a short time.
func (s *Server) ParkSoon() { s.parkAfter = time.Millisecond }

// Parked returns how many sessions are parked.
func (s *Server) Parked() int { return s.lot.parked() }
