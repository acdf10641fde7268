// Package password compares passwords with stored ones.
//
// A user database stores a password in one of the schemes of scheme.go, as Stored. A
// Verifier compares a password with it. Hashes are costly by design, so the Verifier
// limits how many processors it uses. It also derives the keys for SCRAM from a stored
// password.
//
// No error contains a password or a stored password. Only one function calls the
// libraries that compute hashes, and it recovers from their panics.
package password
