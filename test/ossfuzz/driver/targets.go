//go:build libfuzzer

package main

import "testing"

// targets are the fuzz targets of a package, by name. The builder replaces this file.
var targets = map[string]func(*testing.F){}

// folder has the testdata of the package, beside the program.
const folder = ""
