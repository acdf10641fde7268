package handover

import (
	"log/slog"
	"strings"
	"sync"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// Service is how systemd runs this process. Methods of several goroutines must
// not run at the same time.
type Service struct {
	Notifier  *sd.Notifier // nil without systemd
	Directory string       // RuntimeDirectory= of the unit, or "": files are not left for the next process
	Run       string       // the id of this run (INVOCATION_ID), or ""
	Log       *slog.Logger

	recording sync.Mutex // held while sent and the file with it change: two Stops may send at once
	sent      int        // sessions that systemd has taken from this process
}

// NewService returns the service as the environment describes it. getenv is
// os.Getenv, except in tests.
func NewService(notifier *sd.Notifier, getenv func(string) string, log *slog.Logger) *Service {
	dir, _, _ := strings.Cut(getenv("RUNTIME_DIRECTORY"), ":")
	return &Service{Notifier: notifier, Directory: dir, Run: getenv("INVOCATION_ID"), Log: log}
}

// Server is where sessions are taken from and resumed: a pop3.Server.
type Server interface {
	// Resume continues a session. See pop3.Server.Resume.
	Resume(*pop3.Suspended) error
	// Abandon ends sessions. See pop3.Server.Abandon.
	Abandon(...*pop3.Suspended)
}
