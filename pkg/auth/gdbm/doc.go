// Package gdbm reads the database files of GNU dbm, in which TPOPS 0.8 kept
// the passwords for APOP: Ruby's DBM writes them through gdbm's emulation of
// ndbm, as a file NAME.pag.
//
// It only reads, all records and in no order. A file comes from a machine that
// may have had the other octet order, numbers of another size, and a program
// at work while the file was copied, so nothing in it is believed: each
// position and length is checked, and so is the hash value of each key, which
// shows that a record belongs where it was found.
package gdbm
