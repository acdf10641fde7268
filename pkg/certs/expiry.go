package certs

import "time"

// boundary is a number that is the greater the nearer the end of a certificate
// is; 0 is far away.
type boundary int

const day = 24 * time.Hour

// boundaries are how long before its end the log is told, the last at the end.
var boundaries = []time.Duration{30 * day, 7 * day, day, 0}

// tellExpiry tells the log of each certificate that has come nearer to its end
// by a boundary. A certificate that lives shorter than twice that time is
// renewed later, and not told of.
func (s *Store) tellExpiry() {
	now := s.now()
	for _, source := range s.sources {
		at := source.boundary(now)
		if at <= source.told {
			continue
		}
		source.told = at
		if int(at) == len(boundaries) {
			s.log.Error("certificate expired", source.attrs()...)
			continue
		}
		s.log.Warn("certificate expires soon", source.attrs()...)
	}
}

// boundary returns the last boundary that the certificate has passed.
func (s *source) boundary(now time.Time) boundary {
	leaf := s.certificate.Leaf
	lives, left := leaf.NotAfter.Sub(leaf.NotBefore), leaf.NotAfter.Sub(now)
	passed := boundary(0)
	for i, ahead := range boundaries {
		if left <= ahead && lives >= 2*ahead {
			passed = boundary(i + 1)
		}
	}
	return passed
}
