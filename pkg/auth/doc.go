// Package auth decides who may log in, and to which account.
//
// A Database looks a login name up and compares a password. The packages below
// this one are such databases: the system's users and PAM (system), a text file
// (passwdfile) and a database server (mysql); others need nothing from here but
// the interfaces in database.go. A Sequence asks several of them in turn, for
// passwords, APOP and the mechanisms of SASL. A Cache before it remembers the
// users who have logged in.
//
// Every rejected client reads the same, after the same time, whether the user
// exists or not; the log has the reason. Only a client with the right password
// reads that the row itself is wrong and an administrator is needed. A database
// that cannot be asked is never taken for a wrong password. No error contains a
// password or a hash.
package auth
