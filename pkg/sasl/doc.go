// Package sasl has the SASL mechanisms with which clients of a pop3.Server log
// in (RFC 5034): the server's sides of PLAIN, LOGIN, CRAM-MD5, EXTERNAL, SCRAM
// with and without channel binding, OAUTHBEARER and XOAUTH2.
//
// The mechanisms are those of libraries where there is one that keeps to the
// RFC; the tests talk to them with other implementations. What they need of the
// users is declared in users.go. No user can log in as another (no mechanism takes
// an authorization identity that is not the name itself), and none tells by its
// answers whether there is such a user.
package sasl
