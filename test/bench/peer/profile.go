package peer

import (
	"os"
	"syscall"
	"time"
)

// endProfile has a TPOPS that was built for it write its profiles (see
// test/bench/profiled), and waits until they are complete.
func (s *Server) endProfile() {
	if err := s.cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		return
	}
	for range 500 {
		if done, err := os.ReadFile(s.profile + ".done"); err != nil || len(done) > 0 {
			_ = os.Remove(s.profile + ".done")
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
