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

// Limits of requests to a server.
const (
	requestTime = 10 * time.Second // including the wait for other requests
	maxResponse = 64 << 10         // octets
	maxRequests = 16               // at once
)

// Introspection checks tokens by asking the server that has issued them (RFC 7662).
// It caches nothing, so that a revoked token is rejected at once. It does not have to
// be closed. Goroutines may share it.
type Introspection struct {
	rules  Rules
	url    string
	id     string
	secret string
	client *http.Client
	slots  chan struct{}
}

// NewIntrospection returns an Introspection that authenticates to the server with id
// and secret, unless id is "". It sends nothing yet. It fails if address is not a URL,
// or if it would send tokens in clear to another machine.
func NewIntrospection(address, id, secret string, rules Rules) (*Introspection, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	// Read the system's certificates now: their files may be inaccessible later.
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	transport.Proxy = nil // Tokens are not sent to a proxy from the environment.
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = maxRequests, maxRequests
	return &Introspection{
		rules: rules, url: address, id: id, secret: secret,
		slots: make(chan struct{}, maxRequests),
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // A token is not sent to another server.
		}},
	}, nil
}

// checkURL returns an error unless address is an https URL, or an http URL on this
// machine.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("not a URL such as https://host/path")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return errors.New("must begin with https:// unless it is on this machine")
	}
	return nil
}

// CheckToken returns the login name for which a token was issued. An error that wraps
// pop3.ErrAuth is why the token is rejected. Any other error means that the request
// failed.
func (i *Introspection) CheckToken(ctx context.Context, token string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("oauth-introspection-url: wait for other requests: %w", ctx.Err())
	}
	answer, err := i.ask(ctx, token)
	if err != nil {
		return "", fmt.Errorf("oauth-introspection-url: %w", err)
	}
	var state struct {
		Active bool `json:"active"`
	}
	if err := json.Unmarshal(answer, &state); err != nil {
		return "", fmt.Errorf("oauth-introspection-url: read the response: %w", err)
	}
	if !state.Active { // RFC 7662 §2.2: the other claims do not matter then
		return "", rejected("it is not active")
	}
	return i.rules.login(answer, false)
}

// ask sends a request to the server (RFC 7662 §2.1).
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
		return nil, fmt.Errorf("the server replied %d", response.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxResponse+1))
	if err == nil && len(answer) > maxResponse {
		err = fmt.Errorf("the response is longer than %d octets", maxResponse)
	}
	return answer, err
}
