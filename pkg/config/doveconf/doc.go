// Package doveconf converts the configuration of Dovecot to one of TPOPS.
//
// It reads the output of doveconf -n of Dovecot 2.3 and 2.4, and the file of SQL
// queries that 2.3 has beside it. Both are untrusted text. Each setting is looked up
// in a table, so that a setting that this package does not know is reported and not
// skipped.
package doveconf
