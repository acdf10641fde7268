package handover

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// storeName is the name under which systemd stores the sessions.
const storeName = "sessions"

// StoreTime bounds how long Send waits for systemd.
const StoreTime = 10 * time.Second

// Send gives sessions at rest to the next process, and returns those that cannot leave this
// one. If systemd does not take the others, they end.
func (s *Service) Send(server Server, sessions []*pop3.Suspended) (left []*pop3.Suspended) {
	begun := time.Now()
	parcel := newParcel(sessions)
	if len(parcel.sessions) == 0 {
		return parcel.left
	}
	if err := s.store(parcel); err != nil {
		s.Log.Error("session handover failed", slog.Any("error", err), slog.Int("sessions", len(parcel.sessions)))
		server.Abandon(parcel.suspended()...)
		return parcel.left
	}
	s.recordExpected(len(parcel.sessions))
	s.Log.Info("sessions handed over", slog.Int("sessions", len(parcel.sessions)),
		slog.Duration("duration", time.Since(begun)))
	return parcel.left
}

// store stores the parcel with systemd and returns when systemd has it.
func (s *Service) store(parcel *parcel) error {
	receiver, err := sd.Pack(parcel.write, append(parcel.conns, parcel.files...))
	if err != nil {
		return err
	}
	defer receiver.Close() // systemd has a copy by then.
	if err := s.Notifier.Store(storeName, receiver); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), StoreTime)
	defer cancel()
	if err := s.Notifier.Barrier(ctx); err != nil {
		// This process ends the sessions: another one must not resume them as well.
		return errors.Join(err, s.Notifier.Remove(storeName))
	}
	return nil
}
