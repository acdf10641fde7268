package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"tpops/pkg/files"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// PasswdFileOptions is what a PasswdFile needs.
type PasswdFileOptions struct {
	Path     string             // the file
	Maildir  string             // Maildir of rows that do not name theirs, relative to the home
	Verifier *password.Verifier // the process's; must not be nil unless Elsewhere
	Log      *slog.Logger       // where problems are told; nil is nowhere

	// Elsewhere says that mail is on other servers, which decide about
	// passwords too: rows need neither password nor Maildir, and Find is what
	// finds them. Nobody can log in by Authenticate then.
	Elsewhere bool
}

// PasswdFile is an Authenticator for the users of a text file in the form of
// Dovecot's passwd-file, and a DigestAuthenticator for those of them whose
// password is stored in the clear.
//
// It reads the file again when it has changed and is whole: one that does not
// end with a newline may be half-written, and one that was emptied less than
// 10 s ago is perhaps about to be written, so both change nothing yet.
//
// It holds nothing that would have to be closed. Goroutines may share it.
type PasswdFile struct {
	options PasswdFileOptions
	table   atomic.Pointer[passwdTable] // never nil

	mu      sync.Mutex
	loading chan struct{} // closed at the end of the load at work, nil if there is none
	told    string        // the trouble last logged, so that each login does not repeat it
}

// OpenPasswdFile reads the file. It fails if the file cannot be read, is no
// regular file, or larger than 64 MiB; lines that are wrong are in Problems.
// A file that is being written is waited for, some seconds at most; if its last
// line has no newline even then, the log is told, and the line counts: there
// are no rows from before that could stay in force.
func OpenPasswdFile(ctx context.Context, options PasswdFileOptions) (*PasswdFile, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	f := &PasswdFile{options: options}
	var table *passwdTable
	err := errUnsettled
	for try := 0; try < maxFirstTries && errors.Is(err, errUnsettled); try++ {
		table, err = f.read(ctx, files.Stamp{})
	}
	if err != nil {
		return nil, fmt.Errorf("passwd-file: %w", err)
	}
	f.table.Store(table)
	f.warn(append(table.doubts, table.problems...))
	return f, nil
}

// maxFirstTries bounds how long the start waits for a file that does not come
// to rest: each try waits settleTime.
const maxFirstTries = 25

func (f *PasswdFile) read(ctx context.Context, old files.Stamp) (*passwdTable, error) {
	parse := func(line string) (*userRow, error) { return parsePasswdLine(line, f.options.Maildir) }
	if f.options.Elsewhere {
		parse = parseElsewhere
	}
	return readPasswdFile(ctx, f.options.Path, parse, old)
}

// Problems returns what is wrong with single lines of the file as it was last
// read, in their order. Rows that are closed on purpose are none.
func (f *PasswdFile) Problems() []Problem { return f.table.Load().problems }

// Find returns the account of login, with its PopServer, without asking for a
// password; nil if there is no such user. The error is or wraps pop3.ErrAuth if
// the row is closed, pop3.ErrPermanent if this program cannot follow it; others
// come from ctx only. It is for files that are opened with Elsewhere.
func (f *PasswdFile) Find(ctx context.Context, login string) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	return table.rows[login].found("passwd-file", f.options.Elsewhere)
}

// Authenticate implements pop3.Authenticator. The right password of a row that
// this program cannot follow is answered with pop3.ErrPermanent. Other errors
// that do not wrap pop3.ErrAuth come from ctx only.
func (f *PasswdFile) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	return authenticate(ctx, f, login, password)
}

// AuthenticateDigest implements pop3.DigestAuthenticator (RFC 1939 §7). Users
// whose password is not stored in the clear cannot use it. Its errors are those
// of Authenticate.
func (f *PasswdFile) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return authenticateDigest(ctx, f, login, challenge, digest)
}

// candidate implements Database.
func (f *PasswdFile) candidate(ctx context.Context, login string) (*candidate, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	row, v := table.rows[login], f.options.Verifier
	return rowCandidate(v, "passwd-file", row, table.password(v, login), true).
		withKeys(v, "passwd-file", row, login, func(h scram.Hash) password.Stored { return table.scramDecoy(v, login, h) }), nil
}

// SecretReach returns for how many users the password is stored in the clear at
// present.
func (f *PasswdFile) SecretReach() Reach { return f.table.Load().secretReach() }

// SCRAMReach returns how many users can use SCRAM with a hash function at
// present.
func (f *PasswdFile) SCRAMReach(h scram.Hash) Reach { return f.table.Load().scramReach(h) }

// LookupReach returns ForAll: a row says all but the password.
func (f *PasswdFile) LookupReach() Reach { return ForAll }
