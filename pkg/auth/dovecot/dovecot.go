package dovecot

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// Options are the parameters of a Database. All fields must be set.
type Options struct {
	AuthSocket   string        // path of Dovecot's socket auth-client
	UserdbSocket string        // path of Dovecot's socket auth-userdb
	Maildir      string        // the Maildir of a user without a mail location, relative to the home directory
	Timeout      time.Duration // for a reply

	// Groups returns the supplementary groups of a system user. The error is that of
	// the file.
	Groups func(login string) ([]int, error)
}

// Database is an auth.Database of the users of a running Dovecot. It connects when it
// is first asked, and again when a connection has ended. Goroutines may share it.
type Database struct {
	auth, userdb *link
	maildir      string
	groups       func(login string) ([]int, error)
}

// New returns a Database. It does not connect yet. The caller closes it.
func New(o Options) *Database {
	return &Database{
		auth:    newLink(o.AuthSocket, clientRole, o.Timeout),
		userdb:  newLink(o.UserdbSocket, userdbRole, o.Timeout),
		maildir: o.Maildir, groups: o.Groups,
	}
}

// kind is the name of this kind of database in the log.
const kind = "dovecot"

// maxRequest is the longest line that all versions of Dovecot accept on the socket
// auth-client, in octets. A longer one would end the connection, with all its requests.
const maxRequest = 8000

// errNoPlain is the reason why Dovecot cannot check any password.
var errNoPlain = errors.New("auth_mechanisms of Dovecot does not contain plain")

// Ping connects to both sockets. It fails if one of them cannot be used, or if Dovecot
// cannot check passwords.
func (d *Database) Ping(ctx context.Context) error {
	plain, err := d.auth.offers(ctx, "PLAIN")
	if err == nil && !plain {
		err = d.auth.about(errNoPlain)
	}
	_, userdbErr := d.userdb.offers(ctx, "")
	return errors.Join(err, userdbErr)
}

// Authenticate implements pop3.Authenticator. With the right password of a user whose
// mailbox this program cannot use it returns pop3.ErrPermanent. If Dovecot cannot be
// asked, or has a temporary failure, the error wraps neither that nor pop3.ErrAuth.
func (d *Database) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if auth.CheckLogin(a.Login) != nil {
		return nil, refuse(auth.ErrNoUser)
	}
	// Databases of Dovecot may accept an empty password.
	if a.Password == "" || strings.Contains(a.Password, "\x00") {
		return nil, refuse(auth.ErrWrongPassword)
	}
	if ok, err := d.auth.offers(ctx, "PLAIN"); err != nil {
		return nil, err
	} else if !ok {
		return nil, d.auth.about(errNoPlain)
	}
	response := []byte("\x00" + a.Login + "\x00" + a.Password)
	line := authLine("PLAIN", a.Client, response)
	if len(line("")) > maxRequest {
		return nil, refuse(auth.ErrWrongPassword)
	}
	begun := time.Now()
	answer, request, err := d.auth.roundTrip(ctx, line.of)
	auth.Asked(ctx, begun, err)
	if err != nil {
		return nil, err
	}
	defer request.giveUp()
	return d.conclude(ctx, a.Client, answer)
}

// requestLine returns a line with an id.
type requestLine func(id string) string

// of returns the line for an id.
func (l requestLine) of(id uint32) string { return l(fmt.Sprint(id)) }

// authLine returns the line that begins an authentication. A nil response means that
// the client has sent none.
func authLine(mechanism string, client *pop3.Client, response []byte) requestLine {
	tail := "\t" + mechanism + "\tservice=pop3" + describe(client) + secured(client) + "\tno-penalty"
	if response != nil {
		encoded := base64.StdEncoding.EncodeToString(response)
		if encoded == "" {
			encoded = "="
		}
		tail += "\tresp=" + encoded // It must be the last parameter.
	}
	return func(id string) string { return "AUTH\t" + id + tail + "\n" }
}

// Find implements auth.Database. A login of a master user finds no user.
func (d *Database) Find(ctx context.Context, login string) (auth.User, error) {
	u := &user{database: d}
	if auth.CheckLogin(login) != nil {
		return u, nil
	}
	found, err := d.lookup(ctx, login, nil)
	if err != nil {
		return nil, err
	}
	u.found = found
	return u, nil
}

// Close ends the connections. Logins that wait for Dovecot fail with an error that
// does not wrap pop3.ErrAuth.
func (d *Database) Close() error {
	d.auth.close()
	d.userdb.close()
	return nil
}

// user is a user of Dovecot, or a login that does not exist.
type user struct {
	database *Database
	found    *found // nil for a login that does not exist
}

// Known implements auth.User.
func (u *user) Known() bool { return u.found != nil }

// Authenticate implements auth.User. Dovecot is asked about an unknown user too, so that
// it takes as long.
func (u *user) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	account, err := u.database.Authenticate(ctx, a)
	if err == nil && !u.Known() {
		return nil, refuse(auth.ErrNoUser)
	}
	return account, err
}

// Located implements auth.LocatedUser. The passdb of Dovecot is not asked.
func (u *user) Located(context.Context) (*pop3.Account, error) {
	if !u.Known() {
		return nil, refuse(auth.ErrNoUser)
	}
	row := auth.NewRow(u.found.name)
	row.Usable = true
	row.Refused = u.database.fill(row, nil, u.found.fields)
	return row.Admit(kind, true)
}

// refuse returns the error for a rejected login.
func refuse(reason error) error { return fmt.Errorf("%s: %w: %w", kind, reason, pop3.ErrAuth) }
