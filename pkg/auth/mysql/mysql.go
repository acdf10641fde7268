package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// Options are what a Database needs. Of the fields only Verifier must be set, and
// not even that with ForProxy.
type Options struct {
	// Servers are tried in turn: host, host:port, [address]:port or the path
	// of a socket, separated by commas. Empty is the socket of this machine;
	// localhost, with port 3306 or none, is that and then TCP.
	Servers                  string
	User, Password, Database string
	// Query is the template of mysql-auth-query; empty is that of the manual.
	// Of its columns uid, gid, home and those of settings are used if it
	// returns them.
	Query    string
	Crypt    string             // a value of mysql-crypt-passwd, empty for "no"
	Timeout  time.Duration      // for connecting to one server, and for one answer; 0 for 10 s
	MaxConns int                // connections at most, 0 for 10
	TLS      bool               // encrypt TCP and verify the server by the name in Servers
	CAFile   string             // with TLS: certificates to trust instead of the system's, in PEM
	Verifier *password.Verifier // the process's
	Log      *slog.Logger       // nil is nowhere

	// ForProxy is set if the mail is on other POP3 servers, which compare the
	// passwords too. Of the columns only that of the login is needed. Locate
	// finds a row, and Authenticate rejects every user.
	ForProxy bool
}

// defaultQuery is the one of the manual.
const defaultQuery = `select login,passwd,maildir from user where login="%s"`

const (
	idleTime = time.Minute      // a connection unused for so long is closed
	lifeTime = 30 * time.Minute // none gets older, so that they follow what changes in the network
)

// Database is an auth.Database of users in a database of MySQL or MariaDB,
// which with Crypt "no" knows passwords in the clear. It keeps a pool of connections,
// which comes back by itself when the database does. Goroutines may share it.
type Database struct {
	db        *sql.DB
	query     *query
	parse     func(text string) (password.Stored, error)
	clear     bool // passwords are stored in the clear
	forProxy  bool
	patience  time.Duration                   // how long a lookup may take altogether
	statement atomic.Pointer[sql.Stmt]        // nil until the first lookup
	seen      atomic.Pointer[password.Stored] // password of the user looked up last
	seenSCRAM *scramSeen                      // what keys for SCRAM look like
	spellings *spellings                      // of names that are one, for salts
	scram     auth.Reach
	verifier  *password.Verifier
}

// New reads the options and the CA file, and says what is wrong with
// them. It does not connect yet. Close gives back what it holds.
func New(o Options) (*Database, error) {
	o.Query, o.Crypt = cmp.Or(o.Query, defaultQuery), cmp.Or(o.Crypt, "no")
	o.Timeout, o.MaxConns = cmp.Or(o.Timeout, 10*time.Second), cmp.Or(o.MaxConns, 10)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m := &Database{clear: o.Crypt == "no", forProxy: o.ForProxy, verifier: o.Verifier}
	var err error
	if m.query, err = parseQuery(o.Query); err != nil {
		return nil, fmt.Errorf("mysql-auth-query: %w", err)
	}
	if m.parse, err = parseMode(o.Crypt); err != nil {
		return nil, err
	}
	connector, err := newConnector(o)
	if err != nil {
		return nil, err
	}
	unseen := modeDecoy(o.Crypt)
	m.seen.Store(&unseen)
	m.prepareSCRAM(o.Crypt)
	m.patience = o.Timeout * time.Duration(len(connector.each)+1)
	m.db = sql.OpenDB(connector)
	m.db.SetMaxOpenConns(o.MaxConns)
	m.db.SetMaxIdleConns(o.MaxConns)
	m.db.SetConnMaxIdleTime(idleTime)
	m.db.SetConnMaxLifetime(lifeTime)
	return m, nil
}

// Ping asks the database for a user that cannot exist. An error says that no
// server answers, or that the query does not do there.
func (m *Database) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	if err := m.check(ctx); err != nil {
		return fmt.Errorf("mysql: %w", reason(err))
	}
	return nil
}

// Locate returns the account of login, with its PopServer, without comparing a
// password; nil if there is no such user. The error is or wraps pop3.ErrAuth if
// the account is disabled, pop3.ErrPermanent if this program cannot use it; any other
// says nothing about login. It needs Options.ForProxy.
func (m *Database) Locate(ctx context.Context, login string) (*pop3.Account, error) {
	row, err := m.find(ctx, login)
	if err != nil {
		return nil, err
	}
	if !m.forProxy {
		return nil, errors.New("mysql: rows are not for other servers")
	}
	return row.Located(kind)
}

// Authenticate implements pop3.Authenticator. The right password for a row that
// this program cannot use is answered with pop3.ErrPermanent. If the database
// cannot be asked, the error wraps neither that nor pop3.ErrAuth.
func (m *Database) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return auth.Authenticate(ctx, m, a)
}

// Find implements auth.Database. The User is an auth.SCRAMUser, and an
// auth.SecretUser if passwords are stored in the clear.
func (m *Database) Find(ctx context.Context, login string) (auth.User, error) {
	row, err := m.find(ctx, login)
	if err != nil {
		return nil, err
	}
	m.notice(ctx, row)
	user := auth.KeyUser{
		RowUser: auth.RowUser{Row: row, Compare: m.password(row), Kind: kind, Verifier: m.verifier},
		Login:   m.spellings.fold(login),
		Decoy:   m.seenSCRAM.decoy,
	}
	if m.clear {
		return auth.ClearUser{KeyUser: user}, nil
	}
	return user, nil
}

// kind is the name of this kind of database in the log.
const kind = "mysql"

// find returns the row of login, nil if there is none. A name that no table
// can hold is not asked for: a database might cut or change it before it
// compares.
func (m *Database) find(ctx context.Context, login string) (*auth.Row, error) {
	if login == "" || len(login) > auth.MaxLogin || !utf8.ValidString(login) || strings.ContainsFunc(login, unicode.IsControl) {
		return nil, nil
	}
	return m.lookup(ctx, login)
}

// password returns what to compare with. For a login without a usable password
// it is the one seen last, so that this costs as much.
func (m *Database) password(row *auth.Row) password.Stored {
	if row == nil || !row.Usable {
		return *m.seen.Load()
	}
	m.seen.Store(&row.Password)
	return row.Password
}

// Close closes the pool's connections. Lookups at work end with an error that
// does not wrap pop3.ErrAuth.
func (m *Database) Close() error { return m.db.Close() }
