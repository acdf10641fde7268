// Package usage remembers how users log in: when, from where, with which version of TLS
// and which method, and what their clients do with mail. An operator can find out who
// would be locked out by a stricter setting.
//
// The file is a table, not a log. A record is for a user and a class of clients: the same
// version of TLS, the same method, and the same kind of listener. A user with a telephone
// and an old printer has two. A session changes the record of its class in place, so that
// the file grows only with new users and classes.
//
// The file consists of blocks of 32 octets. The first block is the header. A record takes
// several blocks, and never crosses a page: a process that is killed leaves each record
// old or new. A record with a wrong checksum is ignored, and its blocks are used again.
// Several processes may write the file, each under a lock; the header shows each of them
// whether another one has written since. Nothing is synced: after a crash of the system
// some records may be missing.
package usage
