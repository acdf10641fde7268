package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"

	"tpops/pkg/control"
)

// controlOptions are the options of the subcommands that ask a running daemon.
type controlOptions struct {
	socket string
	asJSON bool
}

// declare declares the options.
func (o *controlOptions) declare(flags *flag.FlagSet) {
	flags.StringVar(&o.socket, "socket", control.DefaultPath, "")
	flags.BoolVar(&o.asJSON, "json", false, "")
}

// ask sends a request to the daemon and passes each row to row. It returns the value
// that ends the answer. The error has its exit code.
func (o *controlOptions) ask(command string, arguments any, row func(json.RawMessage) error) (json.RawMessage, error) {
	ctx, stop := untilSignal()
	defer stop()
	return o.askUntil(ctx, command, arguments, row)
}

// askUntil is like ask, but ends with ctx instead of with a signal.
func (o *controlOptions) askUntil(ctx context.Context, command string, arguments any, row func(json.RawMessage) error) (json.RawMessage, error) {
	client, err := control.Dial(ctx, o.socket)
	if err == nil {
		defer client.Close()
		var end json.RawMessage
		if end, err = client.Do(command, arguments, row); err == nil {
			return end, nil
		}
	}
	if ctx.Err() != nil { // It has closed the connection.
		return nil, ctx.Err()
	}
	return nil, controlFailure(err)
}

// controlFailure returns an error of the control socket with its exit code.
func controlFailure(err error) error {
	var answer *control.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, control.ErrNotRunning):
		return &failure{code: exitNoServer, err: err}
	case errors.Is(err, control.ErrNotPermitted):
		return &failure{code: exitRefused, err: err}
	case !errors.As(err, &answer):
		return err
	}
	code := exitOS
	switch answer.Code {
	case control.CodeArguments:
		code = exitUsage
	case control.CodeBusy:
		code = exitTemporary
	case control.CodeCommand, control.CodeVersion, control.CodeNone:
		code = exitNoServer
	}
	return &failure{code: code, err: answer}
}
