package system

import (
	"context"
	"errors"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// PasswdConfig has the parameters of a Passwd. All fields must be set.
type PasswdConfig struct {
	Passwd, Shadow, Group string             // paths of the system's files
	Maildir               string             // the Maildir, relative to the home directory
	Verifier              *password.Verifier // the process's one
	Now                   func() time.Time   // for accounts that expire
}

// Passwd authenticates system users (auth-type = passwd) against the system's
// files, which it reads again when they change. It implements
// pop3.Authenticator. It does not have to be closed. Goroutines may share it.
type Passwd struct {
	config PasswdConfig
	users  userFile[userTable]
	shadow userFile[userTable]
	groups userFile[map[string][]int]
}

// NewPasswd returns a Passwd. It reads no file yet; Check does.
func NewPasswd(config PasswdConfig) *Passwd {
	return &Passwd{
		config: config,
		users:  userFile[userTable]{path: config.Passwd, parse: parseUserTable, now: config.Now},
		shadow: userFile[userTable]{path: config.Shadow, parse: parseUserTable, now: config.Now},
		groups: userFile[map[string][]int]{path: config.Group, parse: parseGroups, now: config.Now},
	}
}

// Check returns an error with each file that cannot be read, for --check-config
// and at startup.
func (p *Passwd) Check() error {
	_, err1 := p.users.get()
	_, err2 := p.shadow.get()
	_, err3 := p.groups.get()
	return errors.Join(err1, err2, err3)
}

// Authenticate implements pop3.Authenticator. The error for a rejected user wraps
// pop3.ErrAuth and has the reason for the log; it takes as long as a wrong
// password. The right password for a row that this program cannot use is answered
// with pop3.ErrPermanent. Any other error is about a file or an unusable hash, or
// ctx ended.
func (p *Passwd) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	return auth.Authenticate(ctx, p, a)
}

// Find implements auth.Database. The User is an auth.ProvenUser.
func (p *Passwd) Find(_ context.Context, login string) (auth.User, error) {
	user, err := p.user(login)
	if err != nil {
		return nil, err
	}
	return user, nil
}

// user looks a login name up. An error is about a file.
func (p *Passwd) user(login string) (auth.RowUser, error) {
	row, hash, err := p.find(login)
	return auth.RowUser{Row: row, Compare: hash, Kind: "passwd", Verifier: p.config.Verifier}, err
}

// SecretReach implements auth.Ways: /etc/shadow contains no passwords in the clear.
func (p *Passwd) SecretReach() auth.Reach { return auth.ForNone }

// SCRAMReach implements auth.Ways: /etc/shadow contains no keys.
func (p *Passwd) SCRAMReach(scram.Hash) auth.Reach { return auth.ForNone }

// LookupReach implements auth.Ways: a row has all but the password.
func (p *Passwd) LookupReach() auth.Reach { return auth.ForAll }
