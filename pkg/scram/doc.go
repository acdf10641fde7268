// Package scram knows what is stored of a password for SCRAM (RFC 5802 §3, RFC
// 7677): keys with which a password can be checked, and its owner authenticated
// without ever sending it, but from which it cannot be read. Their text is that
// of Dovecot.
package scram
