package handover

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// storeName is the name under which systemd stores the sessions.
const storeName = "sessions"

// StoreTime bounds how long Send waits for systemd.
const StoreTime = 10 * time.Second

// Send gives sessions at rest to the next process, and returns those that cannot leave this
// one. If systemd does not take all others, they end.
func (s *Service) Send(server Server, sessions []*pop3.Suspended) (left []*pop3.Suspended) {
	begun := time.Now()
	parcels, left := newParcels(sessions, sd.MaxFiles)
	if len(parcels) == 0 {
		return left
	}
	count := len(sessions) - len(left)
	err := s.store(parcels)
	if err != nil {
		s.Log.Error("session handover failed", slog.Any("error", err), slog.Int("sessions", count))
	}
	for _, p := range parcels {
		if err != nil {
			server.Abandon(p.suspended()...)
		}
		p.close() // This process may go on with other sessions for hours.
	}
	if err == nil {
		s.recordExpected(count)
		s.Log.Info("sessions handed over", slog.Int("sessions", count), slog.Duration("duration", time.Since(begun)))
	}
	return left
}

// store stores the parcels with systemd and returns when systemd has them. After an error it has
// none: this process ends the sessions, and another one must not resume them as well.
func (s *Service) store(parcels []*parcel) error {
	for _, p := range parcels {
		receiver, err := sd.Pack(p.write, slices.Concat(p.conns, p.files))
		if err == nil {
			defer receiver.Close() // systemd has a copy by then.
			err = s.Notifier.Store(storeName, receiver)
		}
		if err != nil {
			return errors.Join(err, s.Notifier.Remove(storeName))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), StoreTime)
	defer cancel()
	if err := s.Notifier.Barrier(ctx); err != nil {
		return errors.Join(err, s.Notifier.Remove(storeName))
	}
	return nil
}
