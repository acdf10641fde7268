package main

import (
	"fmt"
	"os"
)

// writePIDFile records the process id in a file, unless name is "". The
// function it returns removes the file.
func writePIDFile(name string) (remove func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	if err := os.WriteFile(name, fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		return nil, fmt.Errorf("pid-file: %w", err)
	}
	// After a change of user the file may be out of reach; then it stays.
	return func() { _ = os.Remove(name) }, nil
}
