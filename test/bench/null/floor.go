package null

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Floor has the server make the calls of a poll that a POP3 server with the promises of
// TPOPS cannot leave out, besides those for the connection: see "What bounds it" in
// DESIGN.md. It checks nothing of what it finds.
type Floor struct {
	Root  string   // of the mailboxes, which lie in NAME/Maildir
	Users string   // the passwd-file, which may have changed since the last login
	Log   *os.File // gets a line for each login and each end
}

// login opens and locks the Maildir of a user, and looks at its state.
func (f *Floor) login(user string) (*mailbox, error) {
	var stat unix.Stat_t
	if err := unix.Stat(f.Users, &stat); err != nil {
		return nil, err
	}
	for _, set := range []func(int) (int, error){unix.SetfsuidRetUid, unix.SetfsgidRetGid} {
		if _, err := set(-1); err != nil {
			return nil, err
		}
	}
	const flags = unix.O_NOFOLLOW | unix.O_CLOEXEC
	dir, err := unix.Open(filepath.Join(f.Root, user, "Maildir"), unix.O_RDONLY|unix.O_DIRECTORY|flags, 0)
	if err != nil {
		return nil, err
	}
	m := &mailbox{dir: dir, user: user}
	if m.lock, err = unix.Openat(dir, "tpops_lock", unix.O_RDWR|unix.O_CREAT|flags, 0o600); err != nil {
		return nil, err
	}
	if err := unix.Flock(m.lock, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, err
	}
	// Of the Maildir, which identifies the mailbox, and of what shows a change.
	for _, name := range []string{".", "tpops_lock", "new", "cur"} {
		if err := unix.Fstatat(dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return nil, err
		}
	}
	f.log("login", user)
	return m, nil
}

func (f *Floor) log(event, user string) {
	_, _ = fmt.Fprintf(f.Log, "%s user=%s\n", event, user) // The benchmark would notice that nothing is written.
}

// mailbox is one that is open.
type mailbox struct {
	user      string
	dir, lock int
}

// logout closes a mailbox, nil if there is none.
func (f *Floor) logout(m *mailbox) {
	if m == nil {
		return
	}
	_ = unix.Flock(m.lock, unix.LOCK_UN) // Closing does the same.
	_, _ = unix.Close(m.lock), unix.Close(m.dir)
	f.log("session end", m.user)
}

// place is where a session is.
type place struct {
	user    string
	mailbox *mailbox
}

// follow does what a command needs besides its reply.
func (p *place) follow(f *Floor, command []byte) (err error) {
	if f == nil {
		return nil
	}
	switch string(command[:4]) {
	case "USER":
		p.user = strings.TrimSpace(string(command[4:]))
	case "PASS":
		p.mailbox, err = f.login(p.user)
	case "QUIT":
		p.leave(f) // Before the reply: the client may connect again at once.
	}
	return err
}

// leave ends a session.
func (p *place) leave(f *Floor) {
	if f != nil {
		f.logout(p.mailbox)
		p.mailbox = nil
	}
}
