package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"tpops/pkg/auth/secrets"
)

const importPasswdHelp = `Convert OLD, the APOP passwords of TPOPS 0.8, to NEW, a file for
apop-passwd-file and tpops_passwd. OLD is one of these, or - for standard input:

  the list that the old tpops_passwd -l prints: ID, tab, password
  the output of gdbm_dump, for the DBM file of Ruby on Linux:
    gdbm_dump OLD.pag | tpopsctl import-passwd - NEW
  the output of db_dump of Berkeley DB, for a file OLD.db:
    db5.3_dump -p OLD.db | tpopsctl import-passwd - NEW

  -f, --force   replace an existing NEW with all its entries

NEW belongs to the user who runs this and has mode 0600. The server must be able
to read it. Passwords are never shown. Entries that cannot be imported are
reported, and the exit code is then 1. Nothing is imported from a damaged dump.
`

// maxReports limits the entries that are reported.
const maxReports = 100

func prepareImportPasswd(flags *flag.FlagSet) action {
	force := switchFlag(flags, "f", "force")
	return func(operands []string, s streams) error {
		return importPasswd(operands[0], operands[1], *force, s)
	}
}

// importPasswd writes the entries of the old file to the file name.
func importPasswd(oldName, name string, force bool, s streams) error {
	old, err := secrets.ReadOld(oldName, s.in)
	if err != nil {
		return &failure{code: readCode(err), err: err}
	}
	for i, err := range old.LeftOut {
		if i == maxReports {
			fmt.Fprintf(s.err, "%s: %d more omitted\n", old.File, len(old.LeftOut)-i)
			break
		}
		fmt.Fprintf(s.err, "%s: omitted: %v\n", old.File, err)
	}
	if len(old.Entries) == 0 {
		return &failure{code: exitData, err: fmt.Errorf("%s: nothing was written: no entry can be imported", old.File)}
	}
	if isSame(old.File, name) {
		return &failure{code: exitCantCreate, err: fmt.Errorf("%s is the old file: choose another name", name)}
	}
	if err := secrets.Create(name, old.Entries, force); err != nil {
		return createFailure(err)
	}
	return report(old, name, s)
}

// report writes how many entries were imported. It fails if that is not all.
func report(old *secrets.Old, name string, s streams) error {
	all := len(old.Entries) + len(old.LeftOut)
	fmt.Fprintf(s.out, "%s (%s): imported %d of %d entries into %s\n", old.File, old.Format, len(old.Entries), all, name)
	if old.Cut > 0 {
		fmt.Fprintf(s.out, "removed a NUL at the end of %d entries\n", old.Cut)
	}
	if len(old.LeftOut) > 0 {
		return &failure{code: exitPart, err: fmt.Errorf("%s: not all entries were imported", old.File)}
	}
	return nil
}

// readCode returns the exit code of an error of secrets.ReadOld.
func readCode(err error) int {
	switch {
	case errors.Is(err, secrets.ErrUnknown), errors.Is(err, secrets.ErrOldFormat):
		return exitData
	}
	return exitNoInput
}

// createFailure returns an error of secrets.Create with its exit code.
func createFailure(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return &failure{code: exitCantCreate, err: fmt.Errorf("%w: -f replaces it", err)}
	case errors.Is(err, secrets.ErrBusy):
		return &failure{code: exitTemporary, err: err}
	}
	return &failure{code: exitCantCreate, err: err}
}

// isSame reports whether both names exist and are the same file.
func isSame(a, b string) bool {
	first, errA := os.Stat(a)
	second, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(first, second)
}
