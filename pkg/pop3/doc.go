// Package pop3 serves POP3 (RFC 1939, with CAPA of RFC 2449, STLS of RFC 2595, TLS
// from the first octet of RFC 8314, and the response codes of RFC 2449 and RFC
// 3206). It knows no files, users or systemd: it declares what it needs of
// them, Mailbox and Authenticator.
//
// A Server accepts connections and starts a session for each. The session
// reads a line (input.go), finds its command in the one table (command.go),
// and calls its handler, which returns a reply or an error and never touches
// the connection. One function writes replies (reply.go); there dots are
// stuffed, errors delayed, and replies counted and logged. Why a session ends
// is found in one place (end.go), as is whether its client is still at work
// (watch.go). TLS (tls.go) lies between the session and its timed connection
// (conn.go), so that times are kept and clients watched with it as without.
package pop3
