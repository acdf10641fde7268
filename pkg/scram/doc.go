// Package scram has the keys that are stored for SCRAM instead of a password (RFC 5802
// §3, RFC 7677). With them a password can be checked, and a client can authenticate
// without sending it. The password cannot be derived from them. Their text form is that
// of Dovecot.
package scram
