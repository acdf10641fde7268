package pop3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// Mechanism is a SASL mechanism that a Backend offers (RFC 4422 §3). It is not
// changed once a Server has it, and sessions share it.
type Mechanism struct {
	Name string // as it is registered, in upper case

	// Clear is set if an eavesdropper could log in with what the client sends. It
	// needs TLS wherever a password in clear does.
	Clear bool

	// Usable reports whether it can work on a connection; nil: on any. Only
	// then is it announced and accepted.
	Usable func(*Channel) bool

	// New begins an exchange with a client.
	New func(*Channel) Exchange
}

func (m *Mechanism) usable(c *Channel) bool { return m.Usable == nil || m.Usable(c) }

// Exchange is the server's side of one authentication by SASL. Only the
// session's goroutine uses it.
type Exchange interface {
	// Next takes a response, which the session keeps, and returns how to go
	// on. The first one is nil if the client sent no initial response (RFC 5034
	// §4); an empty one is not. An error ends the exchange and is like those of
	// Authenticator.Authenticate, or ErrSASL if the client sent what the
	// mechanism does not allow. Step.Login counts with an error too.
	Next(ctx context.Context, response []byte) (Step, error)
}

// ClosingExchange is an Exchange that uses something until it ends. The session closes
// it once, whatever its outcome.
type ClosingExchange interface {
	Exchange
	Close()
}

// Step is the result of one response.
type Step struct {
	Challenge []byte   // what to send, unless there is an Account
	Account   *Account // the user, once the exchange has succeeded
	Login     string   // the name that the client gave, after Channel.Qualify; "" before it
	Password  string   // that the client sent in clear, "" without
	Identity  string   // that a token or a certificate has proven, as it is there; "" otherwise

	// Refused is why the login is refused although Challenge is sent first (RFC 7628 §3.2.3). Whatever it answers, the exchange
	// has failed.
	Refused error
}

// Channel describes the connection to an exchange.
type Channel struct {
	Connection *Client // the connection itself, without a password

	TLS     *tls.ConnectionState // nil in clear
	Server  *x509.Certificate    // that the server has shown; nil if it is not known, as after a handshake that was resumed
	Client  *x509.Certificate    // that the client has shown, verified; nil without
	Plus    bool                 // the Backend offers mechanisms with channel binding on it
	Qualify func(login string) string

	// Begin waits until the guard allows a check of login, which Qualify has
	// returned, and returns the attempt for the check. It precedes anything costly
	// in an exchange of several messages. An error ends the exchange. Settle
	// reports the outcome and returns the error that counts; an exchange that ends
	// without it has failed.
	Begin  func(ctx context.Context, login string) (Attempt, error)
	Settle func(context.Context, *Account, error) error

	// Check is Begin, ask and Settle, for a mechanism that has everything at once.
	// The same wrong password or token counts once. Check returns what ask
	// returns, or an error for which ask was not called.
	Check func(ctx context.Context, a Attempt, ask func(context.Context, Attempt) (*Account, error)) (*Account, error)
}
