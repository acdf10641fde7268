package sasl

import (
	"context"
	"crypto/x509"

	gosasl "github.com/emersion/go-sasl"

	"tpops/pkg/pop3"
)

// external is the server's side of EXTERNAL (RFC 4422 appendix A): who the
// client is has been shown by its certificate.
type external struct {
	users    AccountUsers
	channel  *pop3.Channel
	server   gosasl.Server
	identity string
}

func (u Users) canExternal(c *pop3.Channel) bool {
	return u.Accounts != nil && certificateName(c.Client) != ""
}

// certificateName returns the login name in a client's certificate, "" if there
// is none: its one mail address, or its common name if it has no address. Among
// several addresses nothing says which one is the login.
func certificateName(certificate *x509.Certificate) string {
	switch {
	case certificate == nil || len(certificate.EmailAddresses) > 1:
		return ""
	case len(certificate.EmailAddresses) == 1:
		return certificate.EmailAddresses[0]
	}
	return certificate.Subject.CommonName
}

func (u Users) newExternal(c *pop3.Channel) pop3.Exchange {
	e := &external{users: u.Accounts, channel: c}
	e.server = gosasl.NewExternalServer(func(identity string) error {
		e.identity = identity
		return nil // Next asks, with its context.
	})
	return e
}

// Next implements pop3.Exchange.
func (e *external) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	challenge, done, err := e.server.Next(response)
	if err != nil {
		return pop3.Step{}, pop3.ErrSASL
	}
	if !done {
		return pop3.Step{Challenge: challenge}, nil
	}
	step := pop3.Step{Login: e.channel.Qualify(certificateName(e.channel.Client))}
	if !isSelf(e.channel, e.identity, step.Login) {
		return step, errIdentity
	}
	step.Account, err = e.channel.Check(ctx, step.Login, "", func() (*pop3.Account, error) {
		return e.users.Lookup(ctx, step.Login)
	})
	return step, err
}
