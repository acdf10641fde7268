//go:build systemd && !amd64

package test

// wantCallsRefused needs registers as amd64 has them.
func (s *site) wantCallsRefused(int) {
	s.t.Skip("system calls of another process: written for amd64 only")
}
