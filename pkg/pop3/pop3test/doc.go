// Package pop3test holds what every implementation of the interfaces of
// package pop3 has to keep: a suite for Mailbox and one for Authenticator. It
// also has a maildrop in memory, for tests of the protocol.
package pop3test
