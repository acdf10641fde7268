// Command tpops_passwd edits the file of passwords for APOP that the parameter
// apop-passwd-file names, in four forms that are those of TPOPS 0.8, and makes
// the keys of SCRAM that other user databases store.
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
	exitAbsent     = 1  // -d: there is no such id
	exitUsage      = 64 // wrong arguments
	exitData       = 65 // wrong line in a list
	exitNoInput    = 66 // a file cannot be read
	exitCantCreate = 73 // the password file cannot be written
	exitTemporary  = 75 // somebody else is writing it
)

const usage = `usage:
  tpops_passwd PWDFILE ID PASSWORD   add ID, or give it another password
  tpops_passwd -f LIST PWDFILE       add all of LIST, or nothing if a line is wrong
  tpops_passwd -d ID PWDFILE         delete ID
  tpops_passwd -l PWDFILE            list: ID, tab, password, sorted by ID
  tpops_passwd --hash SCHEME [--iterations N]
                                     print what a user database stores
  tpops_passwd --help | --version

PWDFILE is the file that the parameter apop-passwd-file of tpops names. It is
made if it is not there, readable by its owner alone; it holds the passwords in
the clear, which APOP needs.

All users of the machine can read the arguments of a program while it runs. With
- for PASSWORD it is read from standard input, one line, and does not show.

LIST has lines of ID, blanks, password, or of ID, tab, password as -l writes
them; - is standard input. To take over the DBM file of TPOPS 0.8 there is
  tpopsctl import-passwd OLDFILE PWDFILE

SCHEME is SCRAM-SHA-256 or SCRAM-SHA-1. The password is read from standard input,
one line, and what is printed, {SCRAM-SHA-256}..., goes into a passwd-file or a
MySQL table: with it a user can log in by SCRAM, as well as by USER and PASS, and
nobody can read the password in it. N is how costly guessing is, from 4096, which
it is without --iterations, to 1000000.

PWDFILE is a cdb file: cdb -d and cdb -q of tinycdb read it too.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what the arguments say and returns the exit code.
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

// failure is an error with an exit code of its own; any other has exitNoInput.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
