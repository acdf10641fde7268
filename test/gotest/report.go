package main

import (
	"fmt"
	"io"
	"strings"
)

// event is what go test -json prints (see go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of the package being built, instead of Package
	Test       string
	Elapsed    float64
	Output     string
}

// report keeps the output of each test until it is known whether the test
// failed, and only then prints it.
type report struct {
	out     io.Writer
	output  map[string]*strings.Builder // by package and test
	passed  map[string]int              // tests of a package
	skipped []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string]*strings.Builder{}, passed: map[string]int{}}
}

func (r *report) print(text string) { fmt.Fprint(r.out, text) }

// take takes the next event.
func (r *report) take(e event) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		r.print(e.Output)
	case "output":
		if r.output[key] == nil {
			r.output[key] = &strings.Builder{}
		}
		r.output[key].WriteString(e.Output)
	case "pass", "skip", "fail":
		r.end(e, r.forget(key))
	}
}

// forget returns the output that was kept under key, and forgets it.
func (r *report) forget(key string) string {
	kept := r.output[key]
	delete(r.output, key)
	if kept == nil {
		return ""
	}
	return kept.String()
}

// end takes the end of a test, or of a package if e names no test.
func (r *report) end(e event, output string) {
	switch {
	case e.Test == "":
		r.endPackage(e, output)
	case e.Action == "fail":
		r.print(output)
	case e.Action == "skip":
		r.skipped = append(r.skipped, e.Package+" "+e.Test)
		r.print(output)
	case !strings.Contains(e.Test, "/"):
		r.passed[e.Package]++
	}
}

func (r *report) endPackage(e event, output string) {
	switch e.Action {
	case "pass":
		r.print(fmt.Sprintf("ok    %-24s %3d tests %8.3fs\n", e.Package, r.passed[e.Package], e.Elapsed))
	case "skip":
		r.print(fmt.Sprintf("-     %-24s no tests\n", e.Package))
	default:
		// A test that neither passed nor failed, because the binary ended
		// with it, has the reason in output of its own.
		for key := range r.output {
			if strings.HasPrefix(key, e.Package+"\x00") {
				r.print(r.forget(key))
			}
		}
		r.print(output)
		r.print(fmt.Sprintf("FAIL  %-24s %12.3fs\n", e.Package, e.Elapsed))
	}
}
