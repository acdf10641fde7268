// Package mysql is the user database in MySQL or MariaDB (auth-type = mysql).
//
// The query of the operator becomes SQL with placeholders when it is read, and a
// login name only ever reaches the server as a value. Several servers are tried
// in turn, starting with the one that answered last.
package mysql
