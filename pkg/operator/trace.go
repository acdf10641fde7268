package operator

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/trace"
)

// TraceArguments select what is traced. Either User or Address is set.
type TraceArguments struct {
	User    string `json:"user,omitempty"`
	Address string `json:"address,omitempty"` // an address, or address/bits; see clients
	Seconds int    `json:"seconds"`           // after which the trace ends; at most a day
	Limit   int    `json:"limit,omitempty"`   // of lines, 0 for none
}

// TraceLine is a row of the command trace.
type TraceLine struct {
	Time      time.Time `json:"time"`
	Session   string    `json:"session"`
	Client    string    `json:"client"`         // address and port
	User      string    `json:"user,omitempty"` // after the login, or if its sessions are traced
	Direction string    `json:"direction"`      // C from the client, S from the server, - for an event
	Text      string    `json:"text"`
	Lost      int64     `json:"lost,omitempty"` // lines that are missing before this one
}

// TraceEnd ends the answer of the command trace.
type TraceEnd struct {
	Lines int   `json:"lines"`
	Lost  int64 `json:"lost"` // lines that are missing, also after the last one
}

// maxTrace bounds the duration of a trace.
const maxTrace = 24 * time.Hour

// trace answers with a row for each line of the dialogues that the arguments select.
func (e *Environment) trace(ctx context.Context, r *control.Request, a *control.Reply) (any, error) {
	var args TraceArguments
	if err := r.Arguments(&args); err != nil {
		return nil, err
	}
	filter, err := args.filter()
	if err != nil {
		return nil, &control.Error{Code: control.CodeArguments, Message: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(args.Seconds)*time.Second)
	defer cancel()
	t := e.Trace(filter)
	defer t.Close()
	defer context.AfterFunc(ctx, t.Close)()
	began, end := time.Now(), TraceEnd{}
	e.Log.Warn("trace begun", args.attrs(r.Peer)...)
	defer func() {
		e.Log.Warn("trace ended", args.attrs(r.Peer, slog.Duration("duration", time.Since(began)), slog.Int("lines", end.Lines))...)
	}()
	err = args.follow(t, a, &end)
	return &end, err
}

// follow adds rows until the trace is closed, and for the lines that wait then, or until
// the limit is reached. The error is that of the connection.
func (args *TraceArguments) follow(t *trace.Trace, a *control.Reply, end *TraceEnd) error {
	for args.Limit == 0 || end.Lines < args.Limit {
		line, more := <-t.Lines()
		if !more {
			end.Lost += t.Lost()
			return nil
		}
		end.Lost += line.Lost
		if err := a.Row(args.newLine(&line)); err != nil {
			return err
		}
		end.Lines++
	}
	return nil
}

// filter returns what is traced. The error is for the client.
func (args *TraceArguments) filter() (f trace.Filter, err error) {
	switch limit := int(maxTrace / time.Second); {
	case (args.User == "") == (args.Address == ""):
		return f, fmt.Errorf("name a user or an address")
	case args.Seconds < 1 || args.Seconds > limit:
		return f, fmt.Errorf("a trace takes 1 to %d seconds", limit)
	case args.Limit < 0:
		return f, fmt.Errorf("invalid limit %d", args.Limit)
	}
	f.User = args.User
	if args.Address != "" {
		f.Client, err = clients(args.Address)
	}
	return f, err
}

// attrs returns how the log describes the trace.
func (args *TraceArguments) attrs(p control.Peer, more ...any) []any {
	attrs := []any{slog.Int("uid", p.UID)}
	if args.User != "" {
		attrs = append(attrs, slog.String("user", bounded(args.User)))
	} else {
		attrs = append(attrs, slog.String("remote", args.Address))
	}
	return append(attrs, more...)
}

// newLine returns the row of a line. What a client gives as its name before the login may
// be a password: only a name that the operator has given is shown.
func (args *TraceArguments) newLine(l *trace.Line) TraceLine {
	row := TraceLine{
		Time: l.Time, Session: l.Session, Client: addressOf(l.Peer, l.Remote), Direction: string(rune(l.Direction)), Text: l.Text,
		Lost: l.Lost,
	}
	switch {
	case l.LoggedIn:
		row.User = bounded(l.User)
	case args.User != "" && strings.EqualFold(l.User, args.User):
		row.User = args.User
	}
	return row
}
