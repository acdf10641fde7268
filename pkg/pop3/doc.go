// Package pop3 serves POP3 (RFC 1939, with CAPA of RFC 2449, STLS of RFC 2595, TLS
// from the first octet of RFC 8314, and the response codes of RFC 2449 and RFC
// 3206). It does not depend on files, users or systemd: it declares the
// interfaces that it needs, Mailbox and Authenticator.
//
// A Server accepts connections (listeners.go, places.go) and starts a session for
// each (session.go). Its registry (registry.go) has all sessions: there other
// goroutines list, wake and end them (look.go, kick.go, takeover.go). Before the
// greeting the session determines the address of its client (prepare.go). Then it
// reads a line (input.go), finds the command in the table of its state (command.go)
// and calls the handler: AUTHORIZATION is in authorization.go, auth.go and
// login.go, TRANSACTION in transaction.go, top.go and update.go. A handler returns
// a reply or an error and never touches the connection. The writer (writer.go)
// writes replies, stuffs dots and counts octets. Errors are delayed and logged in
// errorreply.go; their texts are in error.go. The reasons for which a session ends
// are in reason.go. TLS (tls.go) lies between the session and its connection with
// time limits (conn.go, watch.go, pause.go), so that the limits apply with TLS as
// without.
//
// A session whose client sends nothing is parked (lot.go, readiness.go,
// duequeue.go): it waits without a goroutine. crypto/tls gets whole records only
// (records.go), so that it holds nothing then. rest.go reports when nearly all
// sessions wait.
package pop3
