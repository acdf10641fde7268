// Package pam asks the system's PAM about users, in a separate process.
//
// The modules of PAM are C libraries. They may not be safe for several threads, may hang
// for ever, and may start programs, as pam_unix does to read /etc/shadow. The daemon
// cannot start programs after startup, cannot kill a thread, and has other users' mail in
// its memory. So it starts tpops_pam first, which uses PAM:
//
//	daemon ── requests ──> tpops_pam ── one request ──> tpops_pam ask
//	(Helper)               (Serve)     one process each  (Answer)
//
// Helper is the daemon's end. Serve, in the middle, starts a process for each request and
// kills one that takes too long. That process is in cmd/tpops_pam, the only program that
// is linked with libpam.
//
// The messages are lines of JSON. Each end treats the other's lines as hostile and limits
// their length.
package pam
