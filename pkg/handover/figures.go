package handover

import (
	"fmt"
	"log/slog"
	"os"

	"tpops/pkg/metrics"
	"tpops/pkg/sd"
)

// figuresName is the name under which systemd stores the memory of the figures.
const figuresName = "figures"

// ReceiveFigures returns the memory of the figures that a previous process has left, to which
// processes that go on with sessions add theirs. If there is none, or if it is of another version
// of the program, it makes a new one and stores it with systemd. The error is that of the system.
func (s *Service) ReceiveFigures(stored []sd.Socket) (*metrics.Memory, error) {
	var last *os.File
	for _, socket := range stored {
		if socket.Name == figuresName {
			last = socket.File
		}
	}
	if last != nil {
		memory, err := metrics.Adopt(last)
		if err == nil {
			return memory, nil
		}
		if err := s.Notifier.Remove(figuresName); err != nil {
			s.Log.Warn("sd_notify failed", slog.Any("error", err))
		}
	}
	memory, err := metrics.New()
	if err != nil {
		return nil, err
	}
	if err := s.Notifier.Store(figuresName, memory.File()); err != nil {
		s.Log.Warn("sd_notify failed", slog.Any("error", fmt.Errorf("store the figures: %w", err)))
	}
	return memory, nil
}
