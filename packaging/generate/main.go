// Command generate writes files of the packages that depend on the table of parameters:
// the packaged configuration, and the completion of the command line for bash, zsh and
// fish.
//
//	go run ./packaging/generate DIRECTORY
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tpops/pkg/config"
)

// files has the names of the files, and the function that writes each.
var files = map[string]func(io.Writer, []config.Param) error{
	"tpops.toml": writeConfig,
	"tpops.bash": writeBash,
	"_tpops":     writeZsh,
	"tpops.fish": writeFish,
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate DIRECTORY")
		os.Exit(64)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes all files into dir, which must exist.
func generate(dir string) error {
	for name, write := range files {
		var b bytes.Buffer
		if err := write(&b, config.Params()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
