// Command tpops_passwd edits the file of APOP passwords that the parameter
// apop-passwd-file names. It has the four forms of TPOPS 0.8, and a fifth one that
// makes SCRAM keys for other user databases.
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
	exitAbsent     = 1  // -d: the id does not exist
	exitUsage      = 64 // wrong arguments
	exitData       = 65 // invalid line in a list, or invalid password
	exitNoInput    = 66 // a file cannot be read
	exitCantCreate = 73 // the password file cannot be written
	exitTemporary  = 75 // another program is writing it
)

const usage = `usage:
  tpops_passwd PWDFILE ID PASSWORD   add ID, or change its password
  tpops_passwd -f LIST PWDFILE       add all of LIST, or nothing on any error
  tpops_passwd -d ID PWDFILE         delete ID
  tpops_passwd -l PWDFILE            list: ID, tab, password, sorted by ID
  tpops_passwd --hash SCHEME [--iterations N]
                                     print keys for a user database
  tpops_passwd --help | --version

PWDFILE is the file of the parameter apop-passwd-file. If it does not exist, it
is created, readable only by its owner. It contains the passwords in the clear,
as APOP requires.

All users of the machine can read the arguments of a running program. With - for
PASSWORD, one line is read from standard input, without echo.

Each line of LIST contains ID, blanks, password; or ID, tab, password, as -l
prints it. - is standard input. To import the passwords of TPOPS 0.8, see
  tpopsctl import-passwd --help

SCHEME is SCRAM-SHA-256 or SCRAM-SHA-1. One line with the password is read from
standard input, without echo. The printed keys, {SCRAM-SHA-256}..., go into a
passwd-file or a MySQL table. The user can then log in with SCRAM, and with USER
and PASS. The keys do not contain the password. N is the iteration count, from
4096 (the default) to 1000000. A higher count makes guessing slower.

PWDFILE is a cdb file. cdb -d and cdb -q of tinycdb read it, too.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes the arguments and returns the exit code.
func run(args []string, stdin *os.File, stdout, stderr io.Writer) int {
	command, err := parseArguments(args)
	if err == nil {
		err = command(stdin, stdout)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "tpops_passwd: %v\n", err)
	var failure *failure
	if !errors.As(err, &failure) {
		return exitNoInput
	}
	if failure.code == exitUsage {
		fmt.Fprint(stderr, usage)
	}
	return failure.code
}

// failure is an error with its exit code. The code of other errors is exitNoInput.
type failure struct {
	code int
	err  error
}

// Error returns the text of the error.
func (f *failure) Error() string { return f.err.Error() }
