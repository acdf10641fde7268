// Package password compares passwords with stored ones.
//
// A user database keeps a password in one of the schemes of scheme.go, as
// Stored. A Verifier compares, and bounds how many processors that takes: hashes
// are made to be costly. It also makes the keys of SCRAM from what is stored.
//
// No error contains a password or what is stored. The libraries that compute
// hashes are called in one place only, which a panic does not leave.
package password
