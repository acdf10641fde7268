// Package proxy implements a pop3.Mailbox on another POP3 server, the backend.
//
// To open a mailbox, it logs in to the backend with the client's name and password. The
// backend decides about the login, and the client gets its reply (refusal.go). Then the
// proxy reads and checks the listing (listing.go), so that it can reply to most commands
// itself. It forwards RETR and TOP and streams the replies (message.go). It sends
// deletions after the client's QUIT, and the backend executes them only at the QUIT that
// follows (update.go).
//
// A backend is not trusted: its lines, lists and times are limited, and an invalid reply
// ends the connection to it. The session then reports an error of the server, never a
// failed login, and no message is deleted: a backend that receives no QUIT deletes
// nothing (RFC 1939 §6).
package proxy
