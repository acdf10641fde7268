// Package watchdog tests that a daemon still serves mail, for the watchdog of
// systemd.
//
// The daemon has a mailbox with one message and one user of its own. Several times
// per watchdog interval a session of this user comes through each accept loop,
// logs in, reads the message and ends. Only if all that works does Run send a sign
// of life. A daemon that hangs, in an accept loop or in a session, sends none,
// and systemd replaces it.
//
// A server that is full accepts no connection until a session ends, which is no
// fault: then the session is started directly, so that the rest is still
// tested.
package watchdog
