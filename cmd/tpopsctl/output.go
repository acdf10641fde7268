package main

import (
	"context"
	"errors"
	"io"
)

// output is standard output. It remembers the first error, so that no subcommand succeeds with
// an incomplete output.
type output struct {
	io.Writer
	failed error
}

// Write writes p.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.failed == nil {
		o.failed = err
	}
	return n, err
}

// result returns the error of a subcommand, with that of its output and its exit code.
func (o *output) result(err error) error {
	switch {
	case o.failed == nil:
		return err
	case errors.Is(err, o.failed):
		return &failure{code: exitCantCreate, err: err}
	}
	return errors.Join(&failure{code: exitCantCreate, err: o.failed}, err)
}

// errInterrupted is the error after a signal, or if the terminal is gone.
var errInterrupted = &failure{code: exitTemporary, err: errors.New("interrupted: run it again")}

// interrupted returns the error of a subcommand. Only a signal cancels its context.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}
