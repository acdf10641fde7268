package sd

import (
	"fmt"
	"strings"
	"syscall"
)

const (
	maxDescriptors = 253 // in a message: SCM_MAX_FD of unix(7)
	maxStoredName  = 255 // FDNAME_MAX of systemd
)

// Store stores descriptors for the next process of the service, which gets them from
// Sockets under this name. The unit needs FileDescriptorStoreMax=. The caller may close
// the descriptors after Store, and must call Barrier before the process ends. systemd
// keeps them until Remove, or until the service is stopped, even if their other end is
// closed (FDPOLL=0).
//
// systemd compares each descriptor with all that are stored. Thousands of descriptors
// would keep systemd busy: use Pack for them.
//
// The error is that of an invalid name (see sd_notify(3)), of no descriptors or more than
// 253, or of the system.
func (n *Notifier) Store(name string, files ...syscall.Conn) error {
	return n.store("FDPOLL=0\n", name, files)
}

// StoreWhileOpen is Store for a descriptor that systemd keeps only until its other end is
// closed.
func (n *Notifier) StoreWhileOpen(name string, file syscall.Conn) error {
	return n.store("", name, []syscall.Conn{file})
}

// store stores descriptors. poll is the line that keeps them when their other end is closed.
func (n *Notifier) store(poll, name string, files []syscall.Conn) error {
	if n == nil {
		return nil
	}
	if err := checkStoredName(name); err != nil {
		return err
	}
	if len(files) == 0 || len(files) > maxDescriptors {
		return fmt.Errorf("store %q: %d descriptors in one message", name, len(files))
	}
	n.sending.Lock()
	defer n.sending.Unlock()
	return n.transmit("FDSTORE=1\n"+poll+"FDNAME="+name+"\n", files...)
}

// Remove makes systemd close its copies of the descriptors with a name. Call it for
// descriptors that were received: otherwise their connections would remain open. The
// error is that of an invalid name, or of the system.
func (n *Notifier) Remove(name string) error {
	if n == nil {
		return nil
	}
	if err := checkStoredName(name); err != nil {
		return err
	}
	return n.send("FDSTOREREMOVE=1\nFDNAME=" + name + "\n")
}

// checkStoredName checks the rules of FDNAME in sd_notify(3): printable ASCII without a
// colon. systemd replaces an invalid name by "stored".
func checkStoredName(name string) error {
	bad := func(r rune) bool { return r < ' ' || r > '~' || r == ':' }
	if name == "" || len(name) > maxStoredName || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("invalid name of stored descriptors: %q", name)
	}
	return nil
}
