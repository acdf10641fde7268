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

// Store leaves descriptors to the next process of the service, which gets them
// from Sockets under this name. The unit needs FileDescriptorStoreMax=; whoever
// stored them may close them, and must call Barrier before it ends. systemd
// keeps them until Remove, or until the service is stopped; it keeps those too
// at whose other end nobody is (FDPOLL=0).
//
// Each descriptor is compared with all that are stored, so thousands of them
// keep the whole of systemd busy: pass a Pack instead.
//
// An error is that of a name that is not allowed, see sd_notify(3), or of
// descriptors that are none or more than 253.
func (n *Notifier) Store(name string, files ...syscall.Conn) error {
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
	return n.transmit("FDSTORE=1\nFDPOLL=0\nFDNAME="+name+"\n", files...)
}

// Remove makes systemd close its copies of what was stored under a name. It
// has to be called for descriptors that were received: a connection of which
// systemd has a copy is never closed. The error is that of a name that is not
// allowed.
func (n *Notifier) Remove(name string) error {
	if n == nil {
		return nil
	}
	if err := checkStoredName(name); err != nil {
		return err
	}
	return n.say("FDSTOREREMOVE=1\nFDNAME=" + name + "\n")
}

// checkStoredName obeys the rules of FDNAME in sd_notify(3): printable ASCII
// without a colon. With another name systemd would store under "stored".
func checkStoredName(name string) error {
	bad := func(r rune) bool { return r < ' ' || r > '~' || r == ':' }
	if name == "" || len(name) > maxStoredName || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("%q cannot be the name of stored descriptors", name)
	}
	return nil
}
