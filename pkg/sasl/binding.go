package sasl

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	xdg "github.com/xdg-go/scram"

	"tpops/pkg/pop3"
)

// bindings returns the channel bindings of a connection, with which a proxy between
// client and server cannot relay an authentication.
func bindings(c *pop3.Channel) []xdg.ChannelBinding {
	if c.TLS == nil {
		return nil
	}
	var all []xdg.ChannelBinding
	// RFC 9266 §2. It fails if the keys of TLS 1.2 do not depend on the whole handshake
	// (RFC 7627).
	if exported, err := xdg.NewTLSExporterBinding(c.TLS); err == nil {
		all = append(all, exported)
	}
	// RFC 5929 §3 does not apply to TLS 1.3 (RFC 9266 §1).
	if c.TLS.Version == tls.VersionTLS12 && len(c.TLS.TLSUnique) > 0 {
		all = append(all, xdg.NewTLSUniqueBinding(c.TLS.TLSUnique))
	}
	if sum := endPoint(c.Server); sum != nil {
		all = append(all, xdg.ChannelBinding{Type: xdg.ChannelBindingTLSServerEndpoint, Data: sum})
	}
	return all
}

// endPoint returns the hash of the server's certificate (RFC 5929 §4.1), nil if it is
// unknown or the RFC defines no hash for it.
func endPoint(certificate *x509.Certificate) []byte {
	if certificate == nil {
		return nil
	}
	hash, ok := endPointHashes[certificate.SignatureAlgorithm]
	if !ok {
		return nil
	}
	h := hash.New()
	h.Write(certificate.Raw)
	return h.Sum(nil)
}

// endPointHashes has the hash function of each signature algorithm that uses exactly
// one. SHA-256 replaces weaker ones (RFC 5929 §4.1).
var endPointHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.MD5WithRSA:       crypto.SHA256,
	x509.SHA1WithRSA:      crypto.SHA256,
	x509.ECDSAWithSHA1:    crypto.SHA256,
	x509.SHA256WithRSA:    crypto.SHA256,
	x509.SHA256WithRSAPSS: crypto.SHA256,
	x509.ECDSAWithSHA256:  crypto.SHA256,
	x509.SHA384WithRSA:    crypto.SHA384,
	x509.SHA384WithRSAPSS: crypto.SHA384,
	x509.ECDSAWithSHA384:  crypto.SHA384,
	x509.SHA512WithRSA:    crypto.SHA512,
	x509.SHA512WithRSAPSS: crypto.SHA512,
	x509.ECDSAWithSHA512:  crypto.SHA512,
}

// The errors of an exchange that an attacker may have changed.
var (
	errDowngrade = fmt.Errorf("the client was not offered channel binding: %w", pop3.ErrAuth)
	errBinding   = fmt.Errorf("the client is bound to another channel: %w", pop3.ErrAuth)
)

// begin chooses the channel binding by the flag at the beginning of the client's
// first message (RFC 5802 §6).
func (s *scramServer) begin(server *xdg.Server, message string) error {
	flag, _, _ := strings.Cut(message, ",")
	kind, binds := strings.CutPrefix(flag, "p=")
	switch {
	case binds != s.plus:
		return pop3.ErrSASL
	case !binds && flag == "y" && s.channel.Plus:
		return errDowngrade
	case !binds:
		s.conversation = server.NewConversation()
		return nil
	}
	all := bindings(s.channel)
	i := slices.IndexFunc(all, func(b xdg.ChannelBinding) bool { return string(b.Type) == kind })
	if i < 0 {
		return pop3.ErrSASL
	}
	s.conversation = server.NewConversationWithChannelBindingRequired(all[i])
	return nil
}
