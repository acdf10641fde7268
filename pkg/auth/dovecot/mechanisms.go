package dovecot

import (
	"context"
	"slices"
	"strings"
	"time"
)

const (
	// listLife is how long the list of mechanisms is used without looking again.
	listLife = 30 * time.Second
	// listTimeout is the maximum wait for the list when a client asks for CAPA, and
	// listRetry the time without another look after that.
	listTimeout = time.Second
	listRetry   = 5 * time.Second
)

// Relays reports whether Dovecot takes part in exchanges of a mechanism at present. It
// connects if the list of mechanisms is old. While Dovecot has never been reached, only
// PLAIN is assumed.
func (d *Database) Relays(mechanism string) bool {
	if d.auth.missed() {
		return d.auth.offered(mechanism)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), listTimeout, errTimeout)
	defer cancel()
	ok, err := d.auth.offers(ctx, mechanism)
	if err != nil {
		d.auth.miss()
		return d.auth.offered(mechanism)
	}
	return ok
}

// missed reports whether Dovecot did not send its list a short time ago.
func (l *link) missed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.missedAt) < listRetry
}

// miss notes that Dovecot does not send its list now.
func (l *link) miss() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missedAt = time.Now()
}

// offered reports whether a mechanism was in the last list, however old that is.
func (l *link) offered(mechanism string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seenAt.IsZero() {
		return mechanism == "PLAIN"
	}
	return hasMechanism(l.seen, mechanism)
}

// offers reports whether Dovecot has a mechanism. The list is that of the last
// connection, or of a new one if it is old. The error is that of the connection.
func (l *link) offers(ctx context.Context, mechanism string) (bool, error) {
	l.mu.Lock()
	recent, list := !l.seenAt.IsZero() && time.Since(l.seenAt) < listLife, l.seen
	l.mu.Unlock()
	if recent {
		return hasMechanism(list, mechanism), nil
	}
	r, _, err := l.begin(ctx)
	if err != nil {
		return false, l.about(err)
	}
	defer r.drop()
	return hasMechanism(r.conn.mechanisms, mechanism), nil
}

func hasMechanism(list []string, mechanism string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, mechanism) })
}
