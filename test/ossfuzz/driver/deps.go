//go:build libfuzzer

package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"time"

	"tpops/test/ossfuzz/values"
)

// entry is an input, as package testing declares it.
type entry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

// deps is what the package testing asks of go test.
type deps struct {
	types  []reflect.Type
	seeds  [][]any
	worker chan func(entry) error
}

func newDeps() *deps { return &deps{worker: make(chan func(entry) error)} }

// errNotRun keeps the seeds from being run.
var errNotRun = errors.New("seeds are not run")

// CheckCorpus receives the arguments of a call of F.Add.
func (d *deps) CheckCorpus(seed []any, _ []reflect.Type) error {
	d.seeds = append(d.seeds, seed)
	return nil
}

// ReadCorpus receives the types of the arguments and the folder of further seeds.
func (d *deps) ReadCorpus(folder string, types []reflect.Type) ([]entry, error) {
	d.types = types
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		seed, err := values.ParseFile(string(text), types)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		d.seeds = append(d.seeds, seed)
	}
	return nil, errNotRun
}

// RunFuzzWorker receives the function that runs the target with an input, and never
// returns.
func (d *deps) RunFuzzWorker(one func(entry) error) error {
	d.worker <- one
	select {}
}

// writeSeeds writes the seeds to a zip file.
func (d *deps) writeSeeds(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	z := zip.NewWriter(file)
	for i, seed := range d.seeds {
		input, err := values.Encode(seed)
		if err != nil {
			continue // It is too long for this format.
		}
		w, err := z.Create(fmt.Sprintf("seed%d", i))
		if err != nil {
			return err
		}
		if _, err := w.Write(input); err != nil {
			return err
		}
	}
	return errors.Join(z.Close(), file.Close())
}

// MatchString is how patterns of names are compared.
func (d *deps) MatchString(pattern, name string) (bool, error) {
	return regexp.MatchString(pattern, name)
}

// CoordinateFuzzing is not called: libFuzzer makes the inputs.
func (d *deps) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []entry, []reflect.Type, string, string) error {
	return errors.ErrUnsupported
}

// InitRuntimeCoverage does without the coverage of go test -cover.
func (d *deps) InitRuntimeCoverage() (mode string, tearDown func(string, string) (string, error), snapshot func() float64) {
	return "", nil, nil
}

func (d *deps) ImportPath() string                          { return "" }
func (d *deps) ModulePath() string                          { return "" }
func (d *deps) SetPanicOnExit0(bool)                        {}
func (d *deps) StartCPUProfile(io.Writer) error             { return errors.ErrUnsupported }
func (d *deps) StopCPUProfile()                             {}
func (d *deps) StartTestLog(io.Writer)                      {}
func (d *deps) StopTestLog() error                          { return nil }
func (d *deps) WriteProfileTo(string, io.Writer, int) error { return errors.ErrUnsupported }
func (d *deps) ResetCoverage()                              {}
func (d *deps) SnapshotCoverage()                           {}
