// Package handover gives what a daemon holds to the process that replaces it: the
// sessions at rest, with their connections, mailboxes and locks, and the memory
// of the guard. systemd stores them meanwhile (see FileDescriptorStoreMax= in
// systemd.service(5)).
//
// The old process suspends its sessions and calls Send. That writes their state
// into a parcel (see sd.Pack), or several, stores it with systemd, and records in the
// runtime directory how many sessions the next process has to expect. The new
// process gets the parcel from systemd and calls Receive, which resumes the
// sessions. A session that cannot be sent or resumed ends: its client gets an
// error that tells it to try again, and no message is deleted.
//
// IsRestarting reports whether systemd restarts the service, so that sessions are
// sent only when there will be another process. ReceiveGuard returns the memory of
// the guard, which systemd stores from the start of a daemon, however it ends.
package handover
