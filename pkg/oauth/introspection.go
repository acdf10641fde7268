package oauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json" // names are case-sensitive, and each may come once
)

// Bounds of asking a server: time with the wait for a turn, octets of its answer, and how many may be
// asked at once.
const (
	askTime   = 10 * time.Second
	maxAnswer = 64 << 10
	maxAsking = 16
)

// Introspection checks tokens by asking the server that has issued them (RFC
// 7662). Nothing is kept, so that a token that was revoked is good for nothing
// at once. Goroutines may share it; nobody has to close it.
type Introspection struct {
	rules  Rules
	url    string
	id     string
	secret string
	client *http.Client
	slots  chan struct{}
}

// NewIntrospection returns an Introspection that shows itself to the server with
// id and secret, unless id is "". It asks nothing yet. The error is that the URL
// would send tokens in clear to another machine, or is no URL.
func NewIntrospection(address, id, secret string, rules Rules) (*Introspection, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	// The system's certificates are read now: later their files may be out of
	// reach.
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	transport.Proxy = nil // The environment has no say in who sees tokens.
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = maxAsking, maxAsking
	return &Introspection{
		rules: rules, url: address, id: id, secret: secret,
		slots: make(chan struct{}, maxAsking),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // A token goes where it was meant to, or nowhere.
		}},
	}, nil
}

// checkURL says what keeps an address from being one of introspection: it must
// be of https, or of http on this machine.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("no URL such as https://host/path")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return errors.New("must begin with https:// unless it is on this machine")
	}
	return nil
}

// CheckToken returns the login name for which a token was issued. An error that
// wraps pop3.ErrAuth says why the token is not good; any other that the server
// could not be asked.
func (i *Introspection) CheckToken(ctx context.Context, token string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("oauth-introspection-url: wait for a turn: %w", ctx.Err())
	}
	answer, err := i.ask(ctx, token)
	if err != nil {
		return "", fmt.Errorf("oauth-introspection-url: %w", err)
	}
	var state struct {
		Active bool `json:"active"`
	}
	if err := json.Unmarshal(answer, &state); err != nil {
		return "", fmt.Errorf("oauth-introspection-url: read the answer: %w", err)
	}
	if !state.Active { // RFC 7662 §2.2: nothing else counts then
		return "", refused("it is not active")
	}
	return i.rules.login(answer, false)
}

// ask asks the server (RFC 7662 §2.1).
func (i *Introspection) ask(ctx context.Context, token string) ([]byte, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, i.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	if i.id != "" {
		request.SetBasicAuth(url.QueryEscape(i.id), url.QueryEscape(i.secret)) // RFC 6749 §2.3.1
	}
	response, err := i.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %d", response.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d octets", maxAnswer)
	}
	return answer, err
}
