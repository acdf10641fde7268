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
// for up to places sessions. Otherwise it makes a new memory, with the bans of the
// previous one if it was only too small, and stores it with systemd for the next process, however this one ends. The error is that of the
// system.
func (s *Service) ReceiveGuard(stored []sd.Socket, places int) (*guard.Memory, error) {
	memory, bans := s.storedGuard(stored, places)
	if memory != nil {
		return memory, nil
	}
	memory, err := guard.New(places)
	if err != nil {
		return nil, err
	}
	memory.KeepBans(bans)
	if err := s.Notifier.Store(guardName, memory.File()); err != nil {
		s.Log.Warn("sd_notify failed", slog.Any("error", fmt.Errorf("store the guard's memory: %w", err)))
	}
	return memory, nil
}

// storedGuard returns the memory that systemd stored, nil if there is none that
// can be used. Then it returns the bans in it.
func (s *Service) storedGuard(stored []sd.Socket, places int) (*guard.Memory, []guard.Ban) {
	var last *os.File
	for _, socket := range stored {
		if socket.Name == guardName {
			last = socket.File
		}
	}
	if last == nil {
		return nil, nil
	}
	memory, err := guard.Attach(last, places)
	if err != nil {
		bans := bansIn(last) // It was for fewer sessions, or of another version of the program.
		if err := s.Notifier.Remove(guardName); err != nil {
			s.Log.Warn("sd_notify failed", slog.Any("error", err))
		}
		return nil, bans
	}
	memory.ReclaimEnded() // A process that went on with sessions keeps its places.
	return memory, nil
}

// bansIn returns the bans in a memory of any size, and closes its file.
func bansIn(file *os.File) []guard.Ban {
	memory, err := guard.Attach(file, 0)
	if err != nil {
		_ = file.Close()
		return nil
	}
	defer memory.Detach()
	return memory.Bans()
}
