package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"tpops/pkg/auth/gdbm"
	"tpops/pkg/auth/secrets"
)

const importPasswdHelp = `Read OLD, the passwords for APOP of TPOPS 0.8, and write NEW, a file for
apop-passwd-file and tpops_passwd. OLD is one of these:

  the DBM file of Ruby on Linux: the name that 0.8 was given, or that with .pag
  or .dir; NEW may be that name too, as the old files have it with a suffix
  a list of ID, tab, password, as the old tpops_passwd -l prints it
  what db_dump of Berkeley DB prints, for a file OLD.db:
    db5.3_dump -p OLD.db | tpopsctl import-passwd - NEW
  - for standard input, a list or dump

  -f, --force   replace a NEW that is there; all that is in it goes

NEW belongs to the user who calls this and has mode 0600; the server must be able
to read it. Passwords are never shown. Entries that cannot be kept are told and
left out, and the exit code is then 1. Of a file that is damaged, or that a
program is writing, nothing is taken.
`

// maxTold is how many entries are told of at most.
const maxTold = 100

func prepareImportPasswd(flags *flag.FlagSet) action {
	force := switchFlag(flags, "f", "force")
	return func(operands []string, s streams) error {
		return importPasswd(operands[0], operands[1], *force, s)
	}
}

// importPasswd makes the file name of what is in the old one.
func importPasswd(oldName, name string, force bool, s streams) error {
	old, err := secrets.ReadOld(oldName, s.in)
	if err != nil {
		return &failure{code: readCode(err), err: err}
	}
	for i, err := range old.LeftOut {
		if i == maxTold {
			fmt.Fprintf(s.err, "%s: %d more left out\n", old.File, len(old.LeftOut)-i)
			break
		}
		fmt.Fprintf(s.err, "%s: left out: %v\n", old.File, err)
	}
	if len(old.Entries) == 0 {
		return &failure{code: exitData, err: fmt.Errorf("%s: no entry that can be taken, so nothing was written", old.File)}
	}
	if isSame(old.File, name) {
		return &failure{code: exitCantCreate, err: fmt.Errorf("%s is the old file itself", name)}
	}
	if err := secrets.Create(name, old.Entries, force); err != nil {
		return createFailure(err)
	}
	return tell(old, name, s)
}

// tell says how many entries were taken, and fails if that is not all.
func tell(old *secrets.Old, name string, s streams) error {
	all := len(old.Entries) + len(old.LeftOut)
	fmt.Fprintf(s.out, "%s (%s): %d of %d entries are in %s now\n", old.File, old.Format, len(old.Entries), all, name)
	if old.Cut > 0 {
		fmt.Fprintf(s.out, "%d of them ended with a NUL, which was taken off\n", old.Cut)
	}
	if len(old.LeftOut) > 0 {
		return &failure{code: exitPart, err: fmt.Errorf("%s: not all entries were taken", old.File)}
	}
	return nil
}

// readCode returns the exit code of an error of reading.
func readCode(err error) int {
	switch {
	case errors.Is(err, gdbm.ErrDamaged), errors.Is(err, secrets.ErrUnknown), errors.Is(err, secrets.ErrOldFormat):
		return exitData
	case errors.Is(err, secrets.ErrChanging):
		return exitTemporary
	}
	return exitNoInput
}

func createFailure(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return &failure{code: exitCantCreate, err: fmt.Errorf("%w; -f replaces it", err)}
	case errors.Is(err, secrets.ErrBusy):
		return &failure{code: exitTemporary, err: err}
	}
	return &failure{code: exitCantCreate, err: err}
}

// isSame reports whether both names are there and lead to one file.
func isSame(a, b string) bool {
	first, errA := os.Stat(a)
	second, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(first, second)
}
