package handover

import (
	"fmt"
	"log/slog"
	"os"

	"tpops/pkg/guard"
	"tpops/pkg/sd"
)

// guardName is the name under which systemd stores the memory of the guard.
const guardName = "guard"

// ReceiveGuard returns the memory of the guard that a previous process has left,
// for up to places sessions. Otherwise it makes a new memory and stores it with
// systemd for the next process, however this one ends. The error is that of the
// system.
func (s *Service) ReceiveGuard(stored []sd.Socket, places int) (*guard.Memory, error) {
	if memory := s.storedGuard(stored, places); memory != nil {
		return memory, nil
	}
	memory, err := guard.New(places)
	if err != nil {
		return nil, err
	}
	if err := s.Notifier.Store(guardName, memory.File()); err != nil {
		s.Log.Warn("sd_notify failed", slog.Any("error", fmt.Errorf("store the guard's memory: %w", err)))
	}
	return memory, nil
}

// storedGuard returns the memory that systemd stored, nil if there is none that
// can be used.
func (s *Service) storedGuard(stored []sd.Socket, places int) *guard.Memory {
	var last *os.File
	for _, socket := range stored {
		if socket.Name == guardName {
			last = socket.File
		}
	}
	if last == nil {
		return nil
	}
	memory, err := guard.Attach(last, places)
	if err != nil {
		_ = last.Close() // It was for fewer sessions, or of another version of the program.
		if err := s.Notifier.Remove(guardName); err != nil {
			s.Log.Warn("sd_notify failed", slog.Any("error", err))
		}
		return nil
	}
	memory.ReclaimAll() // The processes that held places have ended.
	return memory
}
