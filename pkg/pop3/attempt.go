package pop3

import "log/slog"

// attempt is how a client tries to log in.
type attempt struct {
	method   string
	identity string // proven by a token or a certificate; "" if a password decides
	password string // "" if the client sent none
}

// attrs returns what the log has of an attempt.
func (a attempt) attrs(more ...slog.Attr) []slog.Attr {
	attrs := []slog.Attr{slog.String("method", a.method)}
	if a.identity != "" {
		attrs = append(attrs, slog.String("identity", a.identity[:min(len(a.identity), maxLoggedIdentity)]))
	}
	return append(attrs, more...)
}

// maxLoggedIdentity bounds a proven name in the log, in octets.
const maxLoggedIdentity = 512
