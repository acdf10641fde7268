// Package draft makes a configuration file out of the settings of another server.
//
// A converter decides about each of its settings once: it is kept, it equals the
// default, it is not possible, or it does not concern POP3. The decisions are the
// report for the operator. A setting that is not possible, but decides which users
// may log in, which mailbox they see or which UIDLs clients receive, holds the new
// file back. The file is read as the server reads it before it is returned.
package draft
