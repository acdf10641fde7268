package peer

import "runtime"

// launch starts the command and keeps the thread that did: the signal that ends
// a server with the benchmark is sent when that thread ends (see prctl(2)).
func (s *Server) launch() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		if err == nil {
			s.PID = s.cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
			close(s.done)
		}
	}()
	return <-started
}
