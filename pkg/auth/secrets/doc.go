// Package secrets stores the passwords for APOP in a cdb file that maps login names to
// passwords. APOP needs them in the clear (RFC 1939 §7).
//
// A cdb file is never changed in place: a new file is renamed over the old one. So
// readers need no lock, and if a writer is killed, the file is the old or the new one.
// The cdb tools of the distributions can read and write it too (cdb(5)).
package secrets
