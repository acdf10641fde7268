package passwdfile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"tpops/pkg/auth"
	"tpops/pkg/files"
	"tpops/pkg/memfd"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Options are the parameters of a File.
type Options struct {
	Path     string             // the file
	Maildir  string             // Maildir of rows that do not name theirs, relative to the home
	Verifier *password.Verifier // the process's; must not be nil unless ForProxy
	Log      *slog.Logger       // for problems; nil logs nothing

	// Shared is a file from memfd.New that processes share, or nil. If it is empty, Open
	// writes the rows to it and seals it. If it is sealed, Open uses its rows in place,
	// unless the file at Path has changed since and can be read. Open does not close
	// Shared, and the File does not need it to stay open.
	Shared *os.File
	// Before is a sealed file with rows that other processes use now, or nil: a file at
	// Path that may be incomplete does not replace them, and Open returns an error.
	Before *os.File

	// ForProxy is set if the mail is on other POP3 servers, which also check the
	// passwords. Rows need neither password nor Maildir. Use Locate: Authenticate
	// rejects every user.
	ForProxy bool
}

// File is an auth.Database of the users in a text file in the form of Dovecot's
// passwd-file.
//
// It reads the file again when it has changed and is complete. A file that does not end
// with a newline may be incomplete, and one that was truncated less than 10 s ago may
// be about to be written. Until then the rows that were read last stay in force.
//
// With Options.Shared, Close removes all rows from the memory of the process. Otherwise
// it does not have to be closed. Goroutines may share it.
type File struct {
	options Options
	table   atomic.Pointer[table] // never nil
	first   *image                // of Open, which may be mapped

	mu      sync.Mutex
	loading chan struct{} // closed at the end of the running load, nil if there is none
	closed  bool
	logged  string // the last problem that was logged, so that each login does not repeat it
}

// Open reads the file. It fails if the file cannot be read, is not a regular file, or is
// larger than 64 MiB. Problems returns the invalid lines. Open waits a few seconds while
// another program writes the file. If the last line has no newline even then, Open logs
// this and accepts the line, because there are no earlier rows.
func Open(ctx context.Context, options Options) (*File, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	f := &File{options: options}
	rows, err := f.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("passwd-file: %w", err)
	}
	f.first = rows.image
	f.table.Store(rows)
	f.warn(append(rows.doubts, rows.problems...))
	return f, nil
}

// open returns the first rows.
func (f *File) open(ctx context.Context) (*table, error) {
	shared := f.options.Shared
	if shared != nil && memfd.IsSealed(shared) {
		return f.openShared(ctx, shared)
	}
	before, err := sharedStamp(f.options.Before)
	if err != nil {
		return nil, err
	}
	rows, err := f.readFirst(ctx, before)
	if err == nil && shared != nil {
		err = rows.image.share(shared)
	}
	return rows, err
}

func (f *File) read(ctx context.Context, old files.Stamp) (*table, error) {
	rows, err := readTable(ctx, f.options.Path, f.parse(), old)
	if err == nil {
		rows.image.closes = f.options.Shared != nil
	}
	return rows, err
}

// parse returns what parses the lines of the file.
func (f *File) parse() parseLine {
	if f.options.ForProxy {
		return parseProxyRow
	}
	return func(line string) (*auth.Row, error) { return parseRow(line, f.options.Maildir) }
}

// Close removes the rows from the memory of the process, if they can be shared: later
// logins fail, but not as if there were no user. The error is that of the system.
func (f *File) Close() error {
	if f.options.Shared == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return errors.Join(f.first.close(), f.table.Load().image.close())
}

// Problems returns the invalid lines of the file as it was last read, in their order. An
// account that the operator has disabled is not a problem.
func (f *File) Problems() []Problem { return f.table.Load().problems }

// Locate returns the account of login, with its PopServer, without a password. It
// returns nil if there is no such user. The error is or wraps pop3.ErrAuth if the
// account is disabled, and pop3.ErrPermanent if this program cannot use it. Any other
// error comes from ctx or Close. It requires Options.ForProxy.
func (f *File) Locate(ctx context.Context, login string) (*pop3.Account, error) {
	_, row, err := f.lookup(ctx, login)
	if err != nil {
		return nil, err
	}
	if !f.options.ForProxy {
		return nil, errors.New("passwd-file: Locate requires ForProxy")
	}
	return row.Located(kind)
}

// Authenticate implements pop3.Authenticator. With the right password for a row that
// this program cannot use it returns pop3.ErrPermanent. Any other error that does not
// wrap pop3.ErrAuth comes from ctx or Close.
func (f *File) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return auth.Authenticate(ctx, f, a)
}

// Find implements auth.Database. The User is an auth.SecretUser and an
// auth.SCRAMUser, whether the row has what they need or not.
func (f *File) Find(ctx context.Context, login string) (auth.User, error) {
	rows, row, err := f.lookup(ctx, login)
	if err != nil {
		return nil, err
	}
	v := f.options.Verifier
	return auth.ClearUser{KeyUser: auth.KeyUser{
		RowUser: auth.RowUser{Row: row, Compare: rows.password(v, login, row), Kind: kind, Verifier: v},
		Login:   login,
		Decoy:   func(h scram.Hash) password.Stored { return rows.scramDecoy(v, login, h) },
	}}, nil
}

var errClosed = errors.New("passwd-file: its rows were removed from this process")

// lookup returns the current rows, and that of login, nil if there is none.
func (f *File) lookup(ctx context.Context, login string) (*table, *auth.Row, error) {
	rows, err := f.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	row := rows.row(login)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed { // Close may have removed the row before it was read.
		return nil, nil, errClosed
	}
	return rows, row, nil
}

// kind is the name of this kind of database in the log.
const kind = "passwd-file"

// SecretReach implements auth.Ways: passwords that are stored in the clear at
// present.
func (f *File) SecretReach() auth.Reach { return f.table.Load().secretReach() }

// SCRAMReach implements auth.Ways: passwords in the clear and keys at present.
func (f *File) SCRAMReach(h scram.Hash) auth.Reach { return f.table.Load().scramReach(h) }

// LookupReach implements auth.Ways: a row has all but the password.
func (f *File) LookupReach() auth.Reach { return auth.ForAll }
