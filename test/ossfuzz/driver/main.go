//go:build libfuzzer

// Command driver runs the fuzz targets of a package with libFuzzer. Its name selects the
// target: what follows the last _ in it. The targets are those of go test, and run as in a
// worker of go test -fuzz.
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"tpops/test/ossfuzz/values"
)

// seedsVariable names the zip file to which the seeds of the target are written, instead
// of fuzzing it.
const seedsVariable = "TPOPS_SEEDS"

// running is the target of this process. libFuzzer calls functions without an argument for
// it.
var running struct {
	types []reflect.Type
	one   func(entry) error
}

func main() {}

//export LLVMFuzzerInitialize
func LLVMFuzzerInitialize(argc *C.int, argv ***C.char) C.int {
	debug.SetTraceback("crash") // libFuzzer keeps the input after SIGABRT only.
	if err := start(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
	return 0
}

//export LLVMFuzzerTestOneInput
func LLVMFuzzerTestOneInput(data *C.uint8_t, size C.size_t) C.int {
	input := C.GoBytes(unsafe.Pointer(data), C.int(size))
	arguments := values.Decode(input, running.types)
	if err := running.one(entry{Values: arguments}); err != nil {
		fmt.Fprintf(os.Stderr, "%q: %v\n", arguments, err)
		C.abort()
	}
	return 0
}

// start prepares the target.
func start() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	name := filepath.Base(program)
	name = name[strings.LastIndexByte(name, '_')+1:]
	if targets[name] == nil {
		return fmt.Errorf("there is no target %q", name)
	}
	back, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(filepath.Join(filepath.Dir(program), folder)); err != nil {
		return err
	}
	target := []testing.InternalFuzzTarget{{Name: name, Fn: targets[name]}}
	os.Args = os.Args[:1] // The others are those of libFuzzer.
	d := newDeps()
	if err := d.readSeeds(target); err != nil {
		return err
	}
	if output := os.Getenv(seedsVariable); output != "" {
		if err := d.writeSeeds(output); err != nil {
			return err
		}
		os.Exit(0)
	}
	running.types = d.types
	if running.one, err = d.startWorker(target); err != nil {
		return err
	}
	return os.Chdir(back) // Arguments of libFuzzer may be relative.
}

// readSeeds runs the target up to the call of F.Fuzz, and keeps the types of the arguments
// and the seeds.
func (d *deps) readSeeds(target []testing.InternalFuzzTarget) error {
	discard, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	stdout := os.Stdout
	os.Stdout = discard
	testing.MainStart(d, nil, nil, target, nil).Run()
	os.Stdout = stdout
	if len(d.types) == 0 {
		return errors.New("the target does not reach F.Fuzz: run it with go test")
	}
	return discard.Close()
}

// startWorker starts the target and returns the function that runs it with an input.
func (d *deps) startWorker(target []testing.InternalFuzzTarget) (func(entry) error, error) {
	for name, value := range map[string]string{"test.fuzz": ".", "test.fuzzworker": "true", "test.fuzzcachedir": "."} {
		if err := flag.Set(name, value); err != nil {
			return nil, err
		}
	}
	go func() {
		testing.MainStart(d, nil, nil, target, nil).Run()
		close(d.worker)
	}()
	one, ok := <-d.worker
	if !ok {
		return nil, errors.New("the target has ended")
	}
	return one, nil
}
