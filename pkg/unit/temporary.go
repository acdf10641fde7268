package unit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Temporary is a unit in /run that Remove stops and removes. Goroutines must not share
// one.
type Temporary struct{ name, path string }

// NewTemporary writes a unit. pattern is its name without .service, see os.MkdirTemp.
// Only root can read it if mode is 0600. The caller calls Remove.
func NewTemporary(pattern, text string, mode fs.FileMode) (*Temporary, error) {
	file, err := os.CreateTemp(folder, pattern+".service")
	if err != nil {
		return nil, err
	}
	t := &Temporary{filepath.Base(file.Name()), file.Name()}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Chmod(mode), file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(t.path))
	}
	return t, nil
}

// Name returns the name of the unit.
func (t *Temporary) Name() string { return t.name }

// Start starts the unit: a unit of Type=oneshot has ended when Start returns. Problem
// explains an error.
func (t *Temporary) Start(ctx context.Context) error {
	_, err := Systemctl(ctx, "start", t.name)
	return err
}

// Problem returns what the journal has about the unit that could not be started.
func (t *Temporary) Problem(ctx context.Context) error { return startProblem(ctx, t.name) }

// Remove stops the unit, also if ctx has been cancelled, and removes its file.
func (t *Temporary) Remove(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	_, stopErr := Systemctl(ctx, "stop", t.name)
	// A failed unit would stay in the list of failed units.
	_, _ = Systemctl(ctx, "reset-failed", t.name)
	return errors.Join(stopErr, os.Remove(t.path))
}
