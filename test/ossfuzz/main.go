// Command ossfuzz builds all fuzz targets as programs of libFuzzer, with their seeds, as
// OSS-Fuzz wants them:
//
//	ossfuzz OUT [NAME...]
//
// A NAME is that of a program, such as pop3_FuzzReadLine; without one all are built. The
// environment is that of an image of OSS-Fuzz. FUZZING_ENGINE and SANITIZER have to be those of
// project.yaml. CXX with CXXFLAGS links the programs with LIB_FUZZING_ENGINE. cgo uses CC without
// CFLAGS: the driver has no C code of its own that ASan could check.
//
// The files of the targets end in _test.go, and are compiled under another name by an
// overlay. So targets use package testing and helpers of other tests, as with go test.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: ossfuzz OUT [NAME...]")
		os.Exit(64)
	}
	err := checkEnvironment(os.Getenv)
	if err == nil {
		err = build(os.Args[1], os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ossfuzz:", err)
		os.Exit(1)
	}
}

// checkEnvironment reports an engine or a sanitizer for which the programs cannot be built. The
// compiler of Go counts the code that an input reaches for libFuzzer alone. MSan would report
// memory that Go has written. The build for reports of coverage has no libFuzzer.
func checkEnvironment(get func(string) string) error {
	if engine := get("FUZZING_ENGINE"); engine != "" && engine != "libfuzzer" {
		return fmt.Errorf("FUZZING_ENGINE=%s: want libfuzzer", engine)
	}
	switch sanitizer := get("SANITIZER"); sanitizer {
	case "", "none", "address":
		return nil
	default:
		return fmt.Errorf("SANITIZER=%s: want address or none", sanitizer)
	}
}

// build builds the programs of these names, or all.
func build(out string, names []string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	packages, err := findPackages()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ossfuzz")
	if err != nil {
		return err
	}
	built := 0
	for _, p := range packages {
		if !p.choose(names) {
			continue
		}
		if err = p.build(work, out); err != nil {
			err = fmt.Errorf("%s: %w", p.ImportPath, err)
			break
		}
		built += len(p.Targets)
	}
	if err == nil && len(names) > 0 && built != len(names) {
		err = fmt.Errorf("%d of %d programs exist", built, len(names))
	}
	return errors.Join(err, os.RemoveAll(work))
}

// choose keeps the targets with these names, or all, and reports whether there is one.
func (p *goPackage) choose(names []string) bool {
	p.Targets = slices.DeleteFunc(p.Targets, func(t target) bool {
		return len(names) > 0 && !slices.Contains(names, p.program(t))
	})
	return len(p.Targets) > 0
}

// build builds the programs of a package. They are the same file under several names: the
// name selects the target.
func (p *goPackage) build(work, out string) error {
	overlay, err := p.overlay(work)
	if err != nil {
		return err
	}
	archive := filepath.Join(work, "targets.a")
	// -d=libfuzzer has the compiler count which code of TPOPS an input reaches. The driver
	// would count itself.
	err = run("go", "build", "-buildvcs=false", "-trimpath", "-buildmode=c-archive", "-tags=libfuzzer",
		"-ldflags=-w", "-gcflags=tpops/...=-d=libfuzzer", "-gcflags=tpops/test/ossfuzz/driver=", "-overlay="+overlay, "-o", archive, "./test/ossfuzz/driver")
	if err != nil {
		return err
	}
	program := filepath.Join(work, "program")
	if err := run("sh", "-c", `exec ${CXX:-clang++} ${CXXFLAGS-} "$1" -o "$2" ${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}`, "sh", archive, program); err != nil {
		return err
	}
	data := filepath.Join(out, p.name()+"_data")
	if err := run("sh", "-c", `mkdir -p "$2" && if [ -d "$1/testdata" ]; then cp -r "$1/testdata" "$2/"; fi`, "sh", p.Dir, data); err != nil {
		return err
	}
	for _, t := range p.Targets {
		name := filepath.Join(out, p.program(t))
		if err := run("cp", program, name); err != nil {
			return err
		}
		if err := run("env", "TPOPS_SEEDS="+name+"_seed_corpus.zip", name); err != nil {
			return err
		}
		fmt.Println(p.program(t))
	}
	return nil
}

// run runs a program of the build.
func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
