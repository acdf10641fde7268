// Package auth decides which users can log in, and to which account.
//
// A Database looks up a login name and compares a password. The packages below this one
// are such databases: the system's users and PAM (system), a text file (passwdfile) and
// a database server (mysql). Another database needs only the interfaces in database.go.
// A Sequence asks several databases in turn, for passwords, APOP and the mechanisms of
// SASL. A Cache in front of a database remembers the users who have logged in.
//
// Every rejected client gets the same reply, after the same time, whether the user
// exists or not. The log has the reason. Only with the right password does a client
// learn that the row is invalid and an administrator is needed. Where another POP3 server
// checks the password, it is not known here whether it is right: then every client learns
// that, rather than that a right password is wrong. A database that does not answer never
// counts as a wrong password. No error contains a password or a hash.
package auth
