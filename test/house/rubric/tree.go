package main

import (
	"os"
	"slices"
	"strings"

	"tpops/test/house/source"
)

// tree is all Go files, those of the program and those of its tests apart.
type tree struct {
	all   []*source.File
	code  []*source.File // below cmd and pkg, without tests and their helpers
	tests []*source.File
}

// read parses the Go files below the folders.
func read(folders ...string) (*tree, error) {
	all, err := source.Read(os.DirFS("."), folders...)
	if err != nil {
		return nil, err
	}
	t := &tree{all: all}
	for _, f := range all {
		if f.ServesTests() {
			t.tests = append(t.tests, f)
		} else {
			t.code = append(t.code, f)
		}
	}
	return t, nil
}

// in returns the files of the program in a folder and below.
func (t *tree) in(folder string) []*source.File { return below(t.code, folder) }

// testsIn returns the test files in a folder and below.
func (t *tree) testsIn(folder string) []*source.File { return below(t.tests, folder) }

func below(files []*source.File, folder string) []*source.File {
	return slices.DeleteFunc(slices.Clone(files), func(f *source.File) bool { return !strings.HasPrefix(f.Path, folder+"/") })
}

// functions returns every function of the program.
func (t *tree) functions() []source.Function {
	var all []source.Function
	for _, f := range t.code {
		all = append(all, f.Functions()...)
	}
	return all
}

// total returns the lines of files.
func total(files []*source.File) int {
	n := 0
	for _, f := range files {
		n += f.Lines
	}
	return n
}

// quantile returns the value that the share q of the values does not exceed.
func quantile(values []int, q float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1))]
}
