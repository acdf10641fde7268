// Package watchdog tests whether a daemon serves mail, for the watchdog of systemd.
//
// The daemon has a mailbox with one message and one user of its own. Several times
// per watchdog interval a session of this user comes through each accept loop,
// logs in, reads the message and ends. Run sends a watchdog ping only if all of that
// works. A daemon that hangs, in an accept loop or in a session, sends none, and
// systemd restarts it.
//
// A server that has max-servers sessions accepts no connection until one of them ends,
// which is not a fault. Run then starts the session directly, to test the rest.
package watchdog
