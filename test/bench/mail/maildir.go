package mail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Owner is the user and group of all mailboxes: nobody and nogroup of Debian.
const Owner = 65534

// Box is a mailbox to make.
type Box struct {
	User     string
	Messages int
	Octets   int  // of each message, about
	Exact    bool // the names contain the size of the file and that on the wire (S= and W=)
}

// Boxes returns n mailboxes whose users are called prefix0, prefix1 and so on.
func Boxes(prefix string, n, messages, octets int) []Box {
	boxes := make([]Box, n)
	for i := range boxes {
		boxes[i] = Box{User: User(prefix, i), Messages: messages, Octets: octets}
	}
	return boxes
}

// User returns the name of user i of a group of mailboxes.
func User(prefix string, i int) string { return fmt.Sprintf("%s%d", prefix, i) }

// Dir returns the Maildir of a user below root.
func Dir(root, user string) string { return filepath.Join(root, user, "Maildir") }

// Make makes mailboxes below root and gives them to their owner.
func Make(root string, boxes []Box) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	workers := runtime.NumCPU()
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(boxes) && errs[w] == nil; i += workers {
				errs[w] = makeBox(root, boxes[i])
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func makeBox(root string, box Box) error {
	dir := Dir(root, box.User)
	for _, path := range []string{filepath.Dir(dir), dir, dir + "/new", dir + "/cur", dir + "/tmp"} {
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
		if err := give(path); err != nil {
			return err
		}
	}
	return fill(dir+"/cur", box, 0)
}

// Refill puts the messages back that clients have deleted. No client may use
// the mailbox meanwhile.
func Refill(root string, box Box) error {
	left, err := os.ReadDir(Dir(root, box.User) + "/cur")
	if err != nil {
		return err
	}
	if len(left) == box.Messages {
		return nil
	}
	for _, entry := range left {
		if err := os.Remove(filepath.Join(Dir(root, box.User), "cur", entry.Name())); err != nil {
			return err
		}
	}
	return fill(Dir(root, box.User)+"/cur", box, 0)
}

// fill writes the messages of a mailbox, from this number on.
func fill(dir string, box Box, from int) error {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	defer unix.Close(fd)
	message := Message(box.Octets)
	for i := from; i < box.Messages; i++ {
		if err := put(fd, name(i, message, box.Exact), message); err != nil {
			return fmt.Errorf("write message %d below %s: %w", i, dir, err)
		}
	}
	return nil
}

// put writes a file and gives it to the owner of the mailboxes.
func put(dir int, name string, content []byte) error {
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for len(content) > 0 {
		n, err := unix.Write(fd, content)
		if err != nil {
			return err
		}
		content = content[n:]
	}
	if os.Getuid() != 0 {
		return nil
	}
	return unix.Fchown(fd, Owner, Owner)
}

// Deliver puts message i into new/ of a mailbox, as a delivery agent does.
func Deliver(root string, box Box, i int) error {
	dir := Dir(root, box.User)
	message := Message(box.Octets)
	file, _, _ := strings.Cut(name(i, message, box.Exact), ":")
	fd, err := unix.Open(dir+"/tmp", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := put(fd, file, message); err != nil {
		return err
	}
	return os.Rename(dir+"/tmp/"+file, dir+"/new/"+file)
}

// give gives a file to the owner of the mailboxes, if this program may.
func give(path string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Lchown(path, Owner, Owner)
}
