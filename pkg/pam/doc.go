// Package pam asks the system's PAM about users, by a process of its own.
//
// The modules of PAM are C libraries that come from anywhere, may not be used
// by several threads, may hang for ever, and may start programs, as pam_unix
// does to read /etc/shadow. The daemon has taken the right to start programs
// away from itself, can end no thread, and its memory holds other people's
// mail. So it starts tpops_pam before that and leaves PAM to it:
//
//	daemon ── requests ──> tpops_pam ── one request ──> tpops_pam ask
//	(Helper)               (Serve)     one process each  (Answer)
//
// Helper is the daemon's end; Serve is the middle, which starts a process for
// each request and kills one that takes too long. What that process does is in
// cmd/tpops_pam, the only program that is linked with libpam.
//
// All three speak lines of JSON. Each end takes the other's lines for hostile
// and bounds them.
package pam
