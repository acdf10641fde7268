// Command tpopsctl is for the operator of TPOPS: each of its subcommands answers
// a question or does a piece of work that the server itself has no part in.
//
// To add a subcommand, add a row to the table in subcommands.go.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// version is set by the Makefile.
var version = "0.9.0-dev"

// Exit codes besides 0 (sysexits(3)).
const (
	exitPart       = 1  // it was done, but for a part that was told
	exitUsage      = 64 // wrong arguments
	exitData       = 65 // what was read is wrong or refused
	exitNoInput    = 66 // a file cannot be read
	exitOS         = 71 // the system refused something else
	exitCantCreate = 73 // a file cannot be written
	exitTemporary  = 75 // it may work later
)

// streams are the program's standard input and outputs.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run does what the arguments say and returns the exit code.
func run(args []string, s streams) int {
	if len(args) > 0 {
		switch args[0] {
		case "--help", "-h":
			fmt.Fprint(s.out, overview())
			return 0
		case "--version":
			fmt.Fprintf(s.out, "tpopsctl %s\n", version)
			return 0
		}
	}
	err := dispatch(args, s)
	if err == nil {
		return 0
	}
	fmt.Fprintf(s.err, "tpopsctl: %v\n", err)
	var failure *failure
	if !errors.As(err, &failure) {
		return exitOS
	}
	fmt.Fprint(s.err, failure.usage)
	return failure.code
}

// failure is an error with an exit code of its own; any other has exitOS.
type failure struct {
	code  int
	err   error
	usage string // what to print besides, how it is used
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }
