package pop3

import "log/slog"

// credentials are what a client has sent to log in.
type credentials struct {
	method   string
	identity string // proven by a token or a certificate, or a master user; "" if the user's password decides
	password string // "" if the client sent none
}

// attrs returns how the log describes credentials.
func (c credentials) attrs(more ...slog.Attr) []slog.Attr {
	attrs := []slog.Attr{slog.String("method", c.method)}
	if c.identity != "" {
		attrs = append(attrs, slog.String("identity", c.identity[:min(len(c.identity), maxLoggedIdentity)]))
	}
	return append(attrs, more...)
}

// maxLoggedIdentity bounds a proven name in the log, in octets.
const maxLoggedIdentity = 512
