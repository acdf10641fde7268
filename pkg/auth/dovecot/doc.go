// Package dovecot asks a running Dovecot whether a user may log in (auth-type = dovecot),
// by the Dovecot Authentication Protocol, version 1. Postfix and Exim use the same
// sockets.
//
// The socket auth-client checks a password, or takes part in an exchange of SASL. The
// socket auth-userdb returns the owner and the place of the mailbox. The name that
// Dovecot returns is the user.
//
// Many requests share a connection. Each has an id that is never used again on that
// connection, and a reply that no request waits for closes the connection: the data of
// one login never reaches another.
package dovecot
