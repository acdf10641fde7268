package system

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/pam"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// PAMOptions are the parameters of a PAM. All fields must be set.
type PAMOptions struct {
	Helper  PAMHelper
	Service string        // of PAM, a file in /etc/pam.d
	Maildir string        // the Maildir, relative to the home directory
	Timeout time.Duration // for one request
}

// PAMHelper asks PAM; it is a *pam.Helper.
type PAMHelper interface {
	// Ask returns PAM's answer. An error is not about the user.
	Ask(ctx context.Context, r pam.Request) (*pam.Answer, error)
}

// PAM authenticates the users of the system's name service by a service of PAM
// (auth-type = pam). It implements pop3.Authenticator. Goroutines may share it;
// it does not close the helper.
type PAM struct{ options PAMOptions }

// NewPAM returns a PAM. It asks nothing yet.
func NewPAM(o PAMOptions) *PAM { return &PAM{options: o} }

// pamRefusals are the reasons for which PAM rejects a user. They are for the log: the
// client gets the same reply for each.
var pamRefusals = map[pam.Outcome]error{
	pam.NoUser:          auth.ErrNoUser,
	pam.Wrong:           auth.ErrWrongPassword,
	pam.AccountExpired:  errors.New("account has expired"),
	pam.PasswordExpired: errors.New("password has expired"),
	pam.MustChange:      errors.New("password must be changed"),
	pam.Denied:          errors.New("the account may not be used"),
}

// Authenticate implements pop3.Authenticator. The error for a rejected user wraps
// pop3.ErrAuth and has the reason for the log. The right password of a user whose
// mailbox is not known for certain is answered with pop3.ErrPermanent. Any other
// error means that PAM could not be asked.
func (p *PAM) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if !plausibleLogin(a.Login) || a.Password == "" || len(a.Password) > password.MaxPassword || strings.Contains(a.Password, "\x00") {
		return nil, p.refuse(auth.ErrWrongPassword, "")
	}
	begun := time.Now()
	answer, err := p.ask(ctx, a.Login, []byte(a.Password))
	auth.Asked(ctx, begun, err)
	if err != nil {
		return nil, err
	}
	if answer.Outcome == pam.Admitted {
		return p.account(&answer.User)
	}
	if reason, ok := pamRefusals[answer.Outcome]; ok {
		return nil, p.refuse(reason, answer.Text)
	}
	return nil, fmt.Errorf("pam: %.200q", answer.Text)
}

// Find implements auth.Database. PAM compares passwords and nothing else.
func (p *PAM) Find(ctx context.Context, login string) (auth.User, error) {
	user := pamUser{pam: p, login: login}
	if !plausibleLogin(login) {
		return user, nil
	}
	answer, err := p.ask(ctx, login, nil)
	if err != nil {
		return nil, err
	}
	switch answer.Outcome {
	case pam.Known:
		user.known, user.found = true, answer.User
	case pam.NoUser:
	default:
		return nil, fmt.Errorf("pam: %.200q", answer.Text)
	}
	return user, nil
}

// pamUser is a user of PAM, or a login that does not exist.
type pamUser struct {
	pam   *PAM
	login string
	known bool
	found pam.User // if known
}

// Known implements auth.User.
func (u pamUser) Known() bool { return u.known }

// Authenticate implements auth.User.
func (u pamUser) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	a.Login = u.login
	return u.pam.Authenticate(ctx, a)
}

// Located implements auth.LocatedUser, with what the name service has.
func (u pamUser) Located(context.Context) (*pop3.Account, error) {
	if !u.known {
		return nil, u.pam.refuse(auth.ErrNoUser, "")
	}
	return u.pam.account(&u.found)
}

func (p *PAM) ask(ctx context.Context, login string, password []byte) (*pam.Answer, error) {
	answer, err := p.options.Helper.Ask(ctx, pam.Request{
		Service: p.options.Service, Login: []byte(login), Password: password, Patience: p.options.Timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("pam: %w", err)
	}
	return answer, nil
}

// refuse returns the error for a rejected user. The text of PAM is for the log.
func (p *PAM) refuse(reason error, text string) error {
	if text != "" {
		return fmt.Errorf("pam: %w (%.200q): %w", reason, text, pop3.ErrAuth)
	}
	return fmt.Errorf("pam: %w: %w", reason, pop3.ErrAuth)
}

// account returns the account of a user whom PAM accepts. The helper is trusted no more
// than a file.
func (p *PAM) account(u *pam.User) (*pop3.Account, error) {
	row := auth.NewRow(u.Name)
	row.Usable = true
	row.Account.UID, row.Account.GID, row.Account.Groups = u.UID, u.GID, u.Groups
	switch {
	case u.UID == 0:
		row.Refused = errRoot
	case auth.CheckLogin(u.Name) != nil, !isID(u.UID), !isID(u.GID):
		row.Refused = errors.New("the name service's entry is malformed")
	default:
		row.Account.Maildrop, row.Refused = auth.MaildropPath(u.Home, p.options.Maildir)
	}
	return row.Admit("pam", true)
}

// isID reports whether n can be the number of a user or a group.
func isID(n int) bool { return n >= 0 && n < 1<<32-1 }
