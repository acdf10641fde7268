package maildir

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Refusal is why a Maildir is refused until the operator does something.
type Refusal struct {
	Reason string // one of the words below
	Fix    string // the command to run
}

// The reasons of a Refusal, for programs that read the log.
const (
	reasonMismatch = "uidl-mismatch" // another server's list was not imported
	reasonChange   = "uidl-change"   // messages would get other UIDLs than before
	reasonRights   = "rights"        // the owner of the mail may not do what is needed
	reasonPath     = "path"          // the path is outside mail-roots, leads through a link of a user, or is missing
)

// pathError means that a path cannot be a Maildir, or leads to none. It has the text
// of the error in it.
type pathError struct{ error }

// Unwrap returns the error.
func (e pathError) Unwrap() error { return e.error }

// foreignError is an ErrForeign with the command that solves it.
type foreignError struct {
	error
	fix string
}

// Unwrap returns the error, which wraps ErrForeign.
func (e *foreignError) Unwrap() error { return e.error }

// RefusalOf returns why Open has refused the Maildir dir with err, and whether that
// is a Refusal. It is not if the same login may succeed later.
func RefusalOf(err error, dir string) (Refusal, bool) {
	var change *ChangeError
	var foreign *foreignError
	var path pathError
	show := "namei -l " + quoted(dir)
	switch {
	case isPassing(err), errors.Is(err, pop3.ErrLocked), errors.Is(err, unix.EIO), errors.Is(err, unix.ESTALE):
		return Refusal{}, false
	case errors.As(err, &change) && change.Server != "":
		return Refusal{reasonChange, importCommand(change.Server, dir)}, true
	case errors.As(err, &change):
		return Refusal{reasonChange, "tpopsctl accept " + quoted(dir)}, true
	case errors.As(err, &foreign):
		return Refusal{reasonMismatch, foreign.fix}, true
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.Is(err, unix.EROFS):
		return Refusal{reasonRights, show}, true
	case errors.As(err, &path):
		return Refusal{reasonPath, show}, true
	}
	return Refusal{}, false
}

func importCommand(server, dir string) string {
	return "tpopsctl import --from " + server + " --apply " + quoted(dir)
}

// quoted returns a path as an argument for a shell.
func quoted(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@%,:=", r)
	}
	if path != "" && strings.TrimFunc(path, plain) == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
