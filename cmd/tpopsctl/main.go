// Command tpopsctl is the tool of the operator of TPOPS. Some of its subcommands ask a
// running daemon at its control socket, the others do not need the daemon.
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
	exitPart       = 1  // done, except for a part that was reported, or nothing was found
	exitUsage      = 64 // wrong arguments
	exitData       = 65 // the input is invalid
	exitNoInput    = 66 // a file cannot be read
	exitNoServer   = 69 // a server cannot be reached, or the daemon does not run
	exitOS         = 71 // another system error
	exitCantCreate = 73 // a file or standard output cannot be written
	exitTemporary  = 75 // another program is writing the file
	exitRefused    = 77 // a server refused a login, or the user may not use the control socket
)

// exitHelp ends the help of each subcommand. Nearly every subcommand can return nearly every code.
const exitHelp = `
Exit codes of all subcommands: 1 a part failed or nothing was found, 64 wrong
arguments, 65 the configuration or the input is invalid, 66 a file cannot be
read, 69 a server cannot be reached or tpops is not running, 71 another system
error, 73 a file or standard output cannot be written, 75 interrupted or busy:
try again, 77 not permitted. See EXIT STATUS in tpopsctl(8).
`

// streams are the program's standard input and outputs.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes the arguments and returns the exit code.
func run(args []string, s streams) int {
	out := &output{Writer: s.out}
	s.out = out
	err := out.result(interrupted(dispatch(args, s)))
	if err == nil {
		return 0
	}
	fmt.Fprintf(s.err, "tpopsctl: %s\n", visible(err.Error(), "\n\t"))
	for _, note := range deniedNotes(err, os.Geteuid()) {
		fmt.Fprintln(s.err, note)
	}
	var failure *failure
	if !errors.As(err, &failure) {
		return exitOS
	}
	fmt.Fprint(s.err, failure.usage)
	return failure.code
}

// failure is an error with its exit code. The code of other errors is exitOS.
type failure struct {
	code  int
	err   error
	usage string // printed after the error, or empty
}

// Error returns the text of the error.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the error.
func (f *failure) Unwrap() error { return f.err }
