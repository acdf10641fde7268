package sasl

import (
	"context"
	"strings"
	"unicode/utf8"

	xdg "github.com/xdg-go/scram"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// scramServer is the server's side of SCRAM (RFC 5802, RFC 7677).
type scramServer struct {
	users   SCRAMUsers
	channel *pop3.Channel
	hash    scram.Hash
	plus    bool
	nonce   func() string // for tests; nil: a random one

	conversation *xdg.ServerConversation // nil before the client's first message
	admit        func(proved bool) (*pop3.Account, error)
	login        string
	failure      error // of the lookup, which the library does not return
	account      *pop3.Account
}

// scram returns the mechanism for a hash function, with or without channel binding.
func (u Users) scram(h scram.Hash, plus bool) pop3.Mechanism {
	m := pop3.Mechanism{Name: "SCRAM-" + string(h), New: func(c *pop3.Channel) pop3.Exchange {
		return &scramServer{users: u.SCRAM, channel: c, hash: h, plus: plus}
	}}
	if plus {
		m.Name += "-PLUS"
	}
	m.Usable = func(c *pop3.Channel) bool {
		return u.SCRAM != nil && (u.ForSCRAM == nil || u.ForSCRAM(h)) && (!plus || len(bindings(c)) > 0)
	}
	return m
}

// Next implements pop3.Exchange.
func (s *scramServer) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	switch {
	case s.account != nil: // The client has verified the server.
		if len(response) > 0 {
			return s.step(nil), pop3.ErrSASL
		}
		step := s.step(nil)
		step.Account = s.account
		return step, nil
	case s.conversation != nil:
		return s.final(ctx, string(response))
	case response == nil:
		return pop3.Step{}, nil
	}
	return s.first(ctx, string(response))
}

func (s *scramServer) step(challenge []byte) pop3.Step {
	return pop3.Step{Login: s.login, Challenge: challenge}
}

// first replies to the client's first message (RFC 5802 §5).
func (s *scramServer) first(ctx context.Context, message string) (pop3.Step, error) {
	noNonce := strings.Contains(message+",", ",r=,") // which the library would accept
	if !utf8.ValidString(message) || strings.ContainsRune(message, 0) || noNonce {
		return pop3.Step{}, pop3.ErrSASL
	}
	server, err := s.newServer(ctx)
	if err != nil {
		return pop3.Step{}, err
	}
	if err := s.begin(server, message); err != nil {
		return pop3.Step{}, err
	}
	challenge, err := s.conversation.Step(message)
	switch {
	case s.failure != nil:
		return s.step(nil), s.failure
	case err != nil:
		return s.step(nil), pop3.ErrSASL
	}
	if err := s.checkIdentity(); err != nil {
		return s.step(nil), err
	}
	return s.step([]byte(challenge)), nil
}

// newServer returns the library's server, which calls lookup.
func (s *scramServer) newServer(ctx context.Context) (*xdg.Server, error) {
	server, err := s.generator().NewServer(func(name string) (xdg.StoredCredentials, error) {
		return s.lookup(ctx, name)
	})
	if err == nil && s.nonce != nil {
		server.WithNonceGenerator(s.nonce)
	}
	return server, err
}

// checkIdentity rejects an authorization identity that is not the user.
func (s *scramServer) checkIdentity() error {
	identity, err := decodeName(s.conversation.AuthzID())
	if err != nil {
		return pop3.ErrSASL
	}
	if !isSelf(s.channel, identity, s.login) {
		return errIdentity
	}
	return nil
}

// lookup returns the keys for a name as the client sent it.
func (s *scramServer) lookup(ctx context.Context, name string) (xdg.StoredCredentials, error) {
	name, s.failure = decodeName(name)
	if s.failure == nil {
		if name, s.failure = scram.Prepare(name); s.failure != nil { // RFC 5802 §5.1
			s.failure = pop3.ErrSASL
		}
	}
	if s.failure != nil {
		return xdg.StoredCredentials{}, s.failure
	}
	s.login = s.channel.Qualify(name)
	attempt, err := s.channel.Begin(ctx, s.login)
	if s.failure = err; err != nil {
		return xdg.StoredCredentials{}, err
	}
	keys, admit, err := s.users.SCRAMKeys(ctx, attempt, s.hash)
	if err != nil {
		s.failure = s.channel.Settle(ctx, nil, err)
		return xdg.StoredCredentials{}, s.failure
	}
	s.admit = admit
	return xdg.StoredCredentials{
		KeyFactors: xdg.KeyFactors{Salt: string(keys.Salt), Iters: keys.Iterations},
		StoredKey:  keys.StoredKey, ServerKey: keys.ServerKey,
	}, nil
}

// final replies to the client's proof (RFC 5802 §5).
func (s *scramServer) final(ctx context.Context, message string) (pop3.Step, error) {
	verdict, account, err := s.prove(message)
	if err == pop3.ErrSASL {
		return s.step(nil), err // Without Settle it counts like a wrong password.
	}
	if err = s.channel.Settle(ctx, account, err); err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return s.step(nil), err
	}
	s.account = account
	return s.step([]byte(verdict)), nil
}

// prove checks the client's proof. The library's error is not returned: it may
// contain keys of the channel.
func (s *scramServer) prove(message string) (verdict string, account *pop3.Account, err error) {
	verdict, err = s.conversation.Step(message)
	switch {
	case err == nil:
		account, err = s.admit(true)
	case verdict == xdg.ErrInvalidProof:
		account, err = s.admit(false)
	case verdict == xdg.ErrChannelBindingsDontMatch:
		err = errBinding
	default:
		err = pop3.ErrSASL
	}
	return verdict, account, err
}

func (s *scramServer) generator() xdg.HashGeneratorFcn {
	if s.hash == scram.SHA1 {
		return xdg.SHA1
	}
	return xdg.SHA256
}
