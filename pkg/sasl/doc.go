// Package sasl has the SASL mechanisms with which clients of a pop3.Server log in (RFC
// 5034): the server's side of PLAIN, LOGIN, CRAM-MD5, EXTERNAL, SCRAM with and without
// channel binding, OAUTHBEARER and XOAUTH2.
//
// It uses libraries where one follows the RFC; the tests use clients of other
// implementations. users.go declares what the mechanisms need from user databases. No
// user can log in as another: an authorization identity must be the user's own name.
// Replies do not reveal whether a user exists.
package sasl
