package certs

import "time"

// boundary is how near the expiry of a certificate is: 0 is far away, higher numbers are
// nearer.
type boundary int

const day = 24 * time.Hour

// boundaries are the times before the expiry at which it is logged.
var boundaries = []time.Duration{30 * day, 7 * day, day, 0}

// logExpiry logs each certificate that has passed a boundary. A certificate whose whole
// lifetime is shorter than twice that time is usually renewed later, and is not logged.
func (s *Store) logExpiry() {
	now := s.now()
	for _, source := range s.sources {
		at := source.boundary(now)
		if at <= source.logged {
			continue
		}
		source.logged = at
		if int(at) == len(boundaries) {
			s.log.Error("certificate expired", source.attrs()...)
			continue
		}
		s.log.Warn("certificate expires soon", source.attrs()...)
	}
}

// Expires returns when the first certificate expires, the zero time for a nil Store.
func (s *Store) Expires() (first time.Time) {
	if s == nil {
		return first
	}
	s.looking.Lock()
	defer s.looking.Unlock()
	for _, source := range s.sources {
		if end := source.certificate.Leaf.NotAfter; first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}

// boundary returns the last boundary that the certificate has passed.
func (s *source) boundary(now time.Time) boundary {
	leaf := s.certificate.Leaf
	lifetime, left := leaf.NotAfter.Sub(leaf.NotBefore), leaf.NotAfter.Sub(now)
	passed := boundary(0)
	for i, ahead := range boundaries {
		if left <= ahead && lifetime >= 2*ahead {
			passed = boundary(i + 1)
		}
	}
	return passed
}
