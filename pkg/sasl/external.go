package sasl

import (
	"context"
	"crypto/x509"
	"encoding/asn1"

	gosasl "github.com/emersion/go-sasl"

	"tpops/pkg/pop3"
)

// external is the server's side of EXTERNAL (RFC 4422 appendix A): the client has proved
// its name with a certificate.
type external struct {
	users    Users
	channel  *pop3.Channel
	server   gosasl.Server
	identity string
}

func (u Users) canExternal(c *pop3.Channel) bool {
	return u.Accounts != nil && certificateName(c.Client) != ""
}

// commonName is the type of a common name in a certificate (RFC 4519 §2.3).
var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// certificateName returns the login name in a client's certificate: its only mail
// address, or its only common name if it has no address. It returns "" if there is no
// name, or if several are ambiguous.
func certificateName(certificate *x509.Certificate) string {
	switch {
	case certificate == nil || len(certificate.EmailAddresses) > 1:
		return ""
	case len(certificate.EmailAddresses) == 1:
		return certificate.EmailAddresses[0]
	}
	names := 0
	for _, attribute := range certificate.Subject.Names {
		if attribute.Type.Equal(commonName) {
			names++
		}
	}
	if names > 1 {
		return ""
	}
	return certificate.Subject.CommonName
}

func (u Users) newExternal(c *pop3.Channel) pop3.Exchange {
	e := &external{users: u, channel: c}
	e.server = gosasl.NewExternalServer(func(identity string) error {
		e.identity = identity
		return nil // Next looks the user up, with its context.
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
	step := pop3.Step{Identity: certificateName(e.channel.Client)}
	step.Login = e.channel.Qualify(step.Identity)
	if !isSelf(e.channel, e.identity, step.Login) {
		return step, errIdentity
	}
	step.Account, err = e.channel.Check(ctx, pop3.Attempt{Login: step.Login}, func(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
		return e.users.proven(ctx, a.Login)
	})
	return step, err
}
