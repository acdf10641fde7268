// Package migrate moves UIDLs and the order of messages from another server to
// tpops_uidl, so that no client downloads its mail again.
//
// A Source returns what the other server showed. The Importer compares it with
// the files of a Maildir, decides for each message which UIDL it keeps, and
// writes tpops_uidl, which is checked before: a login must list what was decided.
// Everything in a Maildir belongs to its user and is not trusted.
package migrate
