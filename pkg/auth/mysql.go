package auth

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"tpops/pkg/pop3"
)

// MySQLOptions is what a MySQL needs. Of its fields only Verifier must be
// set, and not even that with Elsewhere.
type MySQLOptions struct {
	// Servers are tried in turn: host, host:port, [address]:port or the path
	// of a socket, separated by commas. Empty is the socket of this machine;
	// localhost, with port 3306 or none, is that and then TCP.
	Servers                  string
	User, Password, Database string
	// Query is the template of mysql-auth-query; empty is that of the manual.
	// Of its columns uid, gid, home and those of settings are used if it
	// returns them.
	Query    string
	Crypt    string        // a value of mysql-crypt-passwd, empty for "no"
	Timeout  time.Duration // for connecting to one server, and for one answer; 0 for 10 s
	MaxConns int           // connections at most, 0 for 10
	TLS      bool          // encrypt TCP and verify the server by the name in Servers
	CAFile   string        // with TLS: certificates to trust instead of the system's, in PEM
	Verifier *Verifier     // the process's
	Log      *slog.Logger  // nil is nowhere

	// Elsewhere says that mail is on other servers, which decide about
	// passwords too: of the columns only that of the login is needed, and Find
	// is what finds a row. Nobody can log in by Authenticate then.
	Elsewhere bool
}

// defaultQuery is the one of the manual.
const defaultQuery = `select login,passwd,maildir from user where login="%s"`

const (
	idleTime = time.Minute      // a connection unused for so long is closed
	lifeTime = 30 * time.Minute // none gets older, so that they follow what changes in the network
)

// MySQL is an Authenticator for the users of a database of MySQL or MariaDB,
// and with Crypt "no" a DigestAuthenticator. It keeps a pool of connections,
// which comes back by itself when the database does. Goroutines may share it.
type MySQL struct {
	db        *sql.DB
	query     *query
	parse     func(text string) (stored, error)
	digests   bool
	elsewhere bool
	patience  time.Duration            // how long a lookup may take altogether
	statement atomic.Pointer[sql.Stmt] // nil until the first lookup
	seen      atomic.Pointer[stored]   // password of the user looked up last
	seenSCRAM *scramSeen               // what keys for SCRAM look like
	spellings *spellings               // of names that are one, for salts
	scram     Reach
	verifier  *Verifier
}

// NewMySQL reads the options and the CA file, and says what is wrong with
// them. It does not connect yet. Close gives back what it holds.
func NewMySQL(o MySQLOptions) (*MySQL, error) {
	o.Query, o.Crypt = cmp.Or(o.Query, defaultQuery), cmp.Or(o.Crypt, "no")
	o.Timeout, o.MaxConns = cmp.Or(o.Timeout, 10*time.Second), cmp.Or(o.MaxConns, 10)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m := &MySQL{digests: o.Crypt == "no", elsewhere: o.Elsewhere, verifier: o.Verifier}
	var err error
	if m.query, err = parseQuery(o.Query); err != nil {
		return nil, fmt.Errorf("mysql-auth-query: %w", err)
	}
	if m.parse, err = parseMode(o.Crypt); err != nil {
		return nil, err
	}
	connector, err := newMySQLConnector(o)
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
func (m *MySQL) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	if err := m.check(ctx); err != nil {
		return fmt.Errorf("mysql: %w", reason(err))
	}
	return nil
}

// Find returns the account of login, with its PopServer, without asking for a
// password; nil if there is no such user. The error is or wraps pop3.ErrAuth if
// the row is closed, pop3.ErrPermanent if this program cannot follow it; any
// other says nothing about login. It is for databases opened with Elsewhere.
func (m *MySQL) Find(ctx context.Context, login string) (*pop3.Account, error) {
	row, err := m.find(ctx, login)
	if err != nil {
		return nil, err
	}
	return row.found("mysql", m.elsewhere)
}

// Authenticate implements pop3.Authenticator. The right password of a row that
// this program cannot follow is answered with pop3.ErrPermanent. Any trouble
// with the database is an error that wraps neither that nor pop3.ErrAuth.
func (m *MySQL) Authenticate(ctx context.Context, login, password string) (*pop3.Account, error) {
	return authenticate(ctx, m, login, password)
}

// AuthenticateDigest implements pop3.DigestAuthenticator. Nobody can use it
// unless passwords are stored in the clear. Its errors are those of
// Authenticate.
func (m *MySQL) AuthenticateDigest(ctx context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return authenticateDigest(ctx, m, login, challenge, digest)
}

// candidate implements Database.
func (m *MySQL) candidate(ctx context.Context, login string) (*candidate, error) {
	row, err := m.find(ctx, login)
	if err != nil {
		return nil, err
	}
	m.notice(ctx, row)
	return rowCandidate(m.verifier, "mysql", row, m.password(row), m.digests).
		withKeys(m.verifier, "mysql", row, m.spellings.fold(login), m.seenSCRAM.decoy), nil
}

// find returns the row of login, nil if there is none. A name that no table
// can hold is not asked for: a database might cut or change it before it
// compares.
func (m *MySQL) find(ctx context.Context, login string) (*userRow, error) {
	if login == "" || len(login) > maxLogin || !utf8.ValidString(login) || strings.ContainsFunc(login, unicode.IsControl) {
		return nil, nil
	}
	return m.lookup(ctx, login)
}

// password returns what to compare with. For a login without a usable password
// it is the one seen last, so that this costs as much.
func (m *MySQL) password(row *userRow) stored {
	if row == nil || !row.usable {
		return *m.seen.Load()
	}
	m.seen.Store(&row.password)
	return row.password
}

// Close closes the pool's connections. Lookups at work end with an error that
// does not wrap pop3.ErrAuth.
func (m *MySQL) Close() error { return m.db.Close() }
