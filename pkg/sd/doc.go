// Package sd contains everything that concerns systemd: the sockets that it passes, the
// messages of sd_notify(3), the store that keeps descriptors over a restart and the
// parcel in that store, the memory limit of the control group, and the journal.
//
// The package also works without systemd. A process that was started by hand gets no
// sockets, and its Notifier is nil. The methods of a nil Notifier do nothing.
package sd
