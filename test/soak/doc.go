// Package soak has the server work for a long time while everything happens at once:
// deliveries, IMAP sessions of Dovecot on the same Maildirs, POP3 clients, reloads,
// restarts, and hostile clients. An oracle knows each message. Run it with make soak.
package soak
