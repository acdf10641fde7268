package operator

import (
	"context"
	"log/slog"

	"tpops/pkg/control"
)

// kick ends the sessions that the arguments, a Filter, select. It answers with a row for
// each as it was before: a session in the state update ends after its QUIT, the others
// without deleting anything.
func (e *Environment) kick(_ context.Context, r *control.Request, a *control.Reply) (any, error) {
	var f Filter
	if err := r.Arguments(&f); err != nil {
		return nil, err
	}
	if f == (Filter{}) {
		return nil, &control.Error{Code: control.CodeArguments, Message: "name a session, a user or an address"}
	}
	selects, err := f.compile()
	if err != nil {
		return nil, err
	}
	kicked := e.Kick(selects)
	for i := range kicked {
		attrs := []any{slog.String("session", kicked[i].ID)}
		if name := f.nameOf(&kicked[i]); name != "" {
			attrs = append(attrs, slog.String("user", name))
		}
		e.Log.Warn("session ended by operator", append(attrs, slog.Int("uid", r.Peer.UID))...)
	}
	for i := range kicked {
		if err := a.Row(f.newSession(&kicked[i])); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
