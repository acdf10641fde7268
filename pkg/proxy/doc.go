// Package proxy is a pop3.Mailbox on another POP3 server, the backend.
//
// Opening one is logging in there, with the client's own name and password:
// the backend alone decides about them, and what it says goes to the client
// (refusal.go). Then its listing is read and checked (listing.go), so that most
// commands are answered from that. RETR and TOP are passed on and their answers
// streamed (message.go). Deletions reach the backend when the client has sent
// QUIT, and count there only with the QUIT that follows them (update.go).
//
// A backend is not trusted: its lines, lists and times are bounded, and what
// makes no sense ends the connection to it. That is trouble, never a failed
// login, and then nothing is deleted: a backend that receives no QUIT keeps all
// (RFC 1939 §6).
package proxy
