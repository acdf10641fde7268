package auth

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// PasswdFileOptions is what a PasswdFile needs.
type PasswdFileOptions struct {
	Path     string       // the file
	Maildir  string       // Maildir of rows that do not name theirs, relative to the home
	Verifier *Verifier    // the process's; must not be nil
	Log      *slog.Logger // where problems are told; nil is nowhere
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
	seed    maphash.Seed
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
	f := &PasswdFile{options: options, seed: maphash.MakeSeed()}
	var table *passwdTable
	err := errUnsettled
	for try := 0; try < maxFirstTries && errors.Is(err, errUnsettled); try++ {
		table, err = f.read(ctx, fileStamp{})
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

func (f *PasswdFile) read(ctx context.Context, old fileStamp) (*passwdTable, error) {
	return readPasswdFile(ctx, f.options.Path, f.options.Maildir, old, f.seed)
}

// Problems returns what is wrong with single lines of the file as it was last
// read, in their order. Rows that are closed on purpose are none.
func (f *PasswdFile) Problems() []Problem { return f.table.Load().problems }

// CanDigest reports whether any user can use APOP at present.
func (f *PasswdFile) CanDigest() bool { return f.table.Load().clear }

// Authenticate implements pop3.Authenticator. The right password of a row that
// this program cannot follow is answered with pop3.ErrPermanent. Other errors
// that do not wrap pop3.ErrAuth come from ctx only.
func (f *PasswdFile) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	return table.rows[login].login(ctx, f.options.Verifier, "passwd-file", table.password(login), password)
}

// AuthenticateDigest implements pop3.DigestAuthenticator (RFC 1939 §7). Users
// whose password is not stored in the clear cannot use it. Its errors are those
// of Authenticate.
func (f *PasswdFile) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return f.AuthenticateSecret(ctx, login, func(secret string) bool { return digestMatches(challenge, secret, digest) })
}

// AuthenticateSecret is for methods that need the password itself: fits reports
// whether it is the one that the client has, and is called for users without
// one too. Its errors are those of Authenticate.
func (f *PasswdFile) AuthenticateSecret(ctx context.Context, login string, fits func(secret string) bool) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	password, clear := table.password(login).clearText()
	fit := fits(password)
	return table.rows[login].admit("passwd-file", clear && fit)
}

// SCRAMKeys returns keys for SCRAM and what decides after it. Its errors are
// those of Authenticate.
func (f *PasswdFile) SCRAMKeys(ctx context.Context, login string, h scram.Hash) (*scram.Keys, Admit, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	return table.rows[login].scram(ctx, f.options.Verifier, "passwd-file", h, login, table.scramDecoy(login, h))
}

// SecretReach returns for how many users the password is stored in the clear at
// present.
func (f *PasswdFile) SecretReach() Reach { return f.table.Load().secretReach() }

// SCRAMReach returns how many users can use SCRAM with a hash function at
// present.
func (f *PasswdFile) SCRAMReach(h scram.Hash) Reach { return f.table.Load().scramReach(h) }

// Lookup returns the account of a user who has proved without a password to be
// the one. Its errors are those of Authenticate.
func (f *PasswdFile) Lookup(ctx context.Context, login string) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	return table.rows[login].admit("passwd-file", true)
}
