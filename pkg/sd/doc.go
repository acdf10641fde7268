// Package sd holds everything that is said to systemd or heard from it: the
// sockets it opened, the messages of sd_notify(3), the store that keeps
// descriptors over a restart and the parcel that travels in it, the memory
// limit of the control group, and the journal.
//
// Nothing here needs systemd. Started by hand, a process is passed no sockets
// and has a nil Notifier, whose methods do nothing.
package sd
