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
)

// PasswdFileOptions is what a PasswdFile needs.
type PasswdFileOptions struct {
	Path     string       // the file
	Maildir  string       // Maildir of rows that do not name theirs, relative to the home
	Verifier *Verifier    // the process's; must not be nil
	Log      *slog.Logger // where problems are told while running; nil is nowhere
}

// PasswdFile is an Authenticator for the users of a text file in the form of
// Dovecot's passwd-file, and a DigestAuthenticator for those of them whose
// password is stored in the clear. It reads the file again when it has
// changed. It holds nothing that would have to be closed. Goroutines may share
// it.
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
// A file that is being written is waited for, some seconds at most.
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

// Authenticate implements pop3.Authenticator. Errors that do not wrap
// pop3.ErrAuth come from ctx only.
func (f *PasswdFile) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	fits, err := f.options.Verifier.matches(ctx, table.password(login), password)
	if err != nil {
		return nil, fmt.Errorf("passwd-file: %w", err)
	}
	return table.rows[login].admit("passwd-file", fits)
}

// AuthenticateDigest implements pop3.DigestAuthenticator (RFC 1939 §7). Users
// whose password is not stored in the clear cannot use it.
func (f *PasswdFile) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	table, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	password, clear := table.password(login).clearText()
	fits := digestMatches(challenge, password, digest)
	return table.rows[login].admit("passwd-file", clear && fits)
}
