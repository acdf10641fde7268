// Package secrets keeps the passwords for APOP, which has to know them in the
// clear (RFC 1939 §7), in a cdb file: login name to password.
//
// A cdb file is never changed but written anew and renamed over the old one,
// so readers need no lock and a writer that is killed leaves the old file or
// the new one. The distributions' cdb tools read and write it too (cdb(5)).
package secrets
