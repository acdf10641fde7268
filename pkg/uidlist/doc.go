// Package uidlist reads and writes the files in which other mail servers keep
// the UIDLs and the order of a Maildir: Dovecot's dovecot-uidlist and
// dovecot-keywords, and Courier's courierpop3dsizelist.
//
// A list is read as a whole or not at all. One that is damaged, cut off or too
// large is an error that names the file and the line, because half a list would
// give the other messages new UIDLs, and clients would fetch them again. What
// the other server itself overlooks in its file is overlooked here too.
//
// The files belong to the user, so nothing in them is trusted: sizes are
// bounded, and a number that does not fit is an error.
//
// The package opens, locks and renames no file. Nothing in it is shared, so that
// goroutines may use different lists at once, and one list as long as none of
// them changes it.
package uidlist
