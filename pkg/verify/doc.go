// Package verify compares what two POP3 servers list for the same users: UIDLs, order
// and sizes, so that an operator sees before a move whether clients would download
// their mail again.
//
// It logs in, lists and quits: it retrieves, marks and deletes nothing. Servers are not
// trusted; pkg/proxy limits lines, lists and times.
package verify
