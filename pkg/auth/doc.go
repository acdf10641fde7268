// Package auth says who may log in, and with which account.
//
// Four databases of users implement pop3.Authenticator: the system's (Passwd),
// a file of text lines (PasswdFile), a database server (MySQL), and whatever is
// behind PAM (PAM). The first three keep passwords in any of the ways of
// scheme.go, and compare them by a Verifier, which bounds what that costs. Those
// that know passwords in the clear implement pop3.DigestAuthenticator too, or
// have a companion that does, for APOP. Several of them make a Sequence, and a
// Cache in front remembers whom they let in.
//
// Whoever may not log in is told the same, after the same time, whether there
// is such a user or not; the log gets the reason. Only who has the password of
// a row that is wrong itself is told that an administrator is needed. Trouble
// with a database is never taken for a wrong password. No error holds a password or a hash.
package auth
