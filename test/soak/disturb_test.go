//go:build integration

package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// epoch changes before and after each restart.
type epoch struct{ restarts atomic.Int64 }

// calm returns a function that reports whether no restart has happened since.
func (e *epoch) calm() func() bool {
	before := e.restarts.Load()
	return func() bool { return before%2 == 0 && e.restarts.Load() == before }
}

// disturb does to the server what operators do, until the end of the run.
func (s *soak) disturb() {
	for n := 0; s.live(); n++ {
		s.pause(time.Second + rand.N(2*time.Second))
		actions := []func(){s.reload, s.restart, s.rotate, s.renew, s.restart}
		if s.database != nil {
			actions = append(actions, s.restartDatabase)
		}
		actions[n%len(actions)]()
	}
}

func (s *soak) hangup() {
	if err := s.manager.Signal(syscall.SIGHUP); err != nil {
		s.fault("reload: %v", err)
	}
}

func (s *soak) reload() {
	s.figures.reloads.Add(1)
	for range 1 + rand.IntN(3) {
		s.hangup()
	}
}

// restart replaces the server: clients that are connected continue if the server can
// hand them over.
func (s *soak) restart() {
	s.figures.restarts.Add(1)
	s.epoch.restarts.Add(1)
	if err := errors.Join(s.manager.Stop(rand.IntN(5) > 0), s.manager.Start()); err != nil {
		s.fault("restart: %v", err)
	}
	s.epoch.restarts.Add(1)
}

// rotate moves the access log away, as logrotate does.
func (s *soak) rotate() {
	n := s.figures.rotations.Add(1)
	if err := os.Rename(s.path("access.log"), s.path(fmt.Sprintf("access.log.%d", n))); err != nil {
		s.fault("rotate: %v", err)
	}
	s.hangup()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(s.path("access.log")); err == nil {
			return
		}
	}
	s.fault("the access log is not opened again")
}

// renew replaces the certificate: at once, or first the certificate and seconds later
// its key. Meanwhile the two do not match, and clients get the last certificate.
func (s *soak) renew() {
	n := s.figures.renewals.Add(1)
	next := s.issue(fmt.Sprint("certificate ", n))
	if n%2 == 0 {
		if err := os.WriteFile(s.path("cert.pem"), next.Cert, 0o600); err != nil {
			s.fault("renew: %v", err)
		}
		s.pause(time.Second + rand.N(4*time.Second))
	}
	next.Write(s.t, s.path("cert.pem"), s.path("key.pem"))
	s.hangup()
}

// restartDatabase leaves the server without its database for a moment.
func (s *soak) restartDatabase() {
	s.figures.databases.Add(1)
	if rand.IntN(2) == 0 {
		s.database.Kill()
	} else {
		s.database.Stop()
	}
	s.pause(rand.N(2 * time.Second))
	s.database.Start()
}
