// Package passwdfile is the user database in a text file in the form of
// Dovecot's passwd-file (auth-type = passwd-file).
//
// The file is read again when it has changed and is complete. While it is
// missing or being written, the rows read last stay in force.
package passwdfile
