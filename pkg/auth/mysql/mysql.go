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

// Options are the parameters of a Database. Only Verifier must be set, unless ForProxy
// is.
type Options struct {
	// Servers are tried in turn: host, host:port, [address]:port or the path of a
	// socket, separated by commas. "" is the socket of this machine. localhost, with
	// port 3306 or none, is that socket and then TCP.
	Servers                  string
	User, Password, Database string
	// Query is the template of mysql-auth-query, "" for that of the manual. The
	// columns uid, gid, home and those of settings are optional.
	Query string
	// ListQuery is mysql-list-query, "" for the one that fits the default of Query.
	ListQuery string
	Crypt     string             // a value of mysql-crypt-passwd, empty for "no"
	Timeout   time.Duration      // for the connection to one server, and for one reply; 0 for 10 s
	MaxConns  int                // highest number of connections, 0 for 10
	TLS       bool               // encrypt TCP and verify the server by the name in Servers
	CAFile    string             // with TLS: certificates to trust instead of the system's, in PEM
	Verifier  *password.Verifier // the process's
	Log       *slog.Logger       // nil: no log

	// ForProxy is set if the mail is on other POP3 servers, which also check the
	// passwords. Only the column of the login is required. Use Locate:
	// Authenticate rejects every user.
	ForProxy bool
}

// defaultQuery is the query in the manual.
const defaultQuery = `select login,passwd,maildir from user where login="%s"`

const (
	idleTime = time.Minute      // after which an unused connection is closed
	lifeTime = 30 * time.Minute // after which any connection is closed, so that changes of the network take effect
)

// Database is an auth.Database of users in MySQL or MariaDB. With Crypt "no" it has
// passwords in the clear. Its pool of connections reconnects when the database is
// reachable again. Goroutines may share it.
type Database struct {
	db        *sql.DB
	query     *query
	listQuery string // "" if it is not known
	parse     func(text string) (password.Stored, error)
	clear     bool // passwords are stored in the clear
	forProxy  bool
	timeout   time.Duration                   // for a whole lookup
	statement atomic.Pointer[sql.Stmt]        // nil until the first lookup
	lastSeen  atomic.Pointer[password.Stored] // password of the user looked up last
	seenSCRAM *scramSeen                      // what keys for SCRAM look like
	spellings *spellings                      // that the database considers equal, for salts
	scram     auth.Reach
	verifier  *password.Verifier
}

// New reads the options and the CA file, and fails if they are invalid. It does not
// connect yet. The caller closes the Database.
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
	if m.listQuery, err = parseListQuery(o.ListQuery, o.Query); err != nil {
		return nil, err
	}
	if m.parse, err = parseMode(o.Crypt); err != nil {
		return nil, err
	}
	connector, err := newConnector(o)
	if err != nil {
		return nil, err
	}
	unseen := modeDecoy(o.Crypt)
	m.lastSeen.Store(&unseen)
	m.prepareSCRAM(o.Crypt)
	m.timeout = o.Timeout * time.Duration(len(connector.nodes)+1)
	m.db = sql.OpenDB(connector)
	m.db.SetMaxOpenConns(o.MaxConns)
	m.db.SetMaxIdleConns(o.MaxConns)
	m.db.SetConnMaxIdleTime(idleTime)
	m.db.SetConnMaxLifetime(lifeTime)
	return m, nil
}

// Ping asks the database for a user that cannot exist. It fails if no server is
// reachable, or if the query does not work.
func (m *Database) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	if err := m.check(ctx); err != nil {
		return fmt.Errorf("mysql: %w", reason(err))
	}
	return nil
}

// Locate returns the account of login, with its PopServer, without a password. It
// returns nil if there is no such user. The error is or wraps pop3.ErrAuth if the
// account is disabled, and pop3.ErrPermanent if this program cannot use it. Any other
// error means that the database could not be asked. It requires Options.ForProxy.
func (m *Database) Locate(ctx context.Context, login string) (*pop3.Account, error) {
	row, err := m.find(ctx, login)
	if err != nil {
		return nil, err
	}
	if !m.forProxy {
		return nil, errors.New("mysql: Locate requires ForProxy")
	}
	return row.Located(kind)
}

// Authenticate implements pop3.Authenticator. With the right password for a row that
// this program cannot use it returns pop3.ErrPermanent. If the database cannot be
// asked, the error wraps neither that nor pop3.ErrAuth.
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
	m.recordSCRAM(ctx, row)
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

// find returns the row of login, nil if there is none. It does not ask for a name that
// no table can contain: a database might truncate or change it before it compares.
func (m *Database) find(ctx context.Context, login string) (*auth.Row, error) {
	if !possible(login) {
		return nil, nil
	}
	return m.lookup(ctx, login)
}

// possible reports whether a table can contain a login name.
func possible(login string) bool {
	return login != "" && len(login) <= auth.MaxLogin && utf8.ValidString(login) && !strings.ContainsFunc(login, unicode.IsControl)
}

// password returns the stored password to compare with. For a login without a usable
// one it is the last one of another user, so that the comparison takes as long.
func (m *Database) password(row *auth.Row) password.Stored {
	if row == nil || !row.Usable {
		return *m.lastSeen.Load()
	}
	m.lastSeen.Store(&row.Password)
	return row.Password
}

// Close closes the pool's connections. Running lookups fail with an error that does not
// wrap pop3.ErrAuth.
func (m *Database) Close() error { return m.db.Close() }
