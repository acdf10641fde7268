package maildir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// brokenName is the file in the Maildir with the messages that broke off lately: a line
// for each with the time of the first session in seconds since 1970, the number of
// sessions, and the hash of the unique name. It is read and written only when a message
// breaks off, so that it costs other sessions nothing. The owner may write anything into it.
const (
	brokenName    = "tpops_broken"
	brokenNewName = "tpops_broken.new"
)

// How much of it is kept.
const (
	brokenAge   = 7 * 24 * time.Hour // from the first session on
	maxBroken   = 32                 // messages
	maxBrokenAt = 8192               // octets
)

// broken is a line of the file.
type broken struct {
	first int64
	count int
	name  uint64
}

// BrokeOff implements pop3.Breaker. Two sessions at once may count as one.
func (m *Mailbox) BrokeOff(n int) (count int, file string) {
	if n < 1 || n > m.Listing().Len() {
		return 0, ""
	}
	f := m.snap.files[m.snap.index(n)]
	err := m.owner.Do(func() (err error) {
		var all []broken
		all, count = countBroken(readBroken(m.dir), hashOf(m.snap.unique(f)), m.now())
		return writeBroken(m.dir, all)
	})
	if err != nil {
		m.logger().Warn("tpops_broken not written", "file", brokenName, "error", err)
		return 0, ""
	}
	return count, m.snap.name(f)
}

var _ pop3.Breaker = (*Mailbox)(nil)

// countBroken counts a session in which the message with this hash broke off. What is
// too old is left out, and the oldest if there are too many.
func countBroken(all []broken, name uint64, now time.Time) (kept []broken, count int) {
	this := broken{first: now.Unix(), name: name}
	for _, b := range all {
		age := now.Sub(time.Unix(b.first, 0))
		switch {
		case age < 0 || age > brokenAge:
		case b.name == name:
			this = b
		default:
			kept = append(kept, b)
		}
	}
	this.count++
	kept = append(kept, this)
	return kept[max(0, len(kept)-maxBroken):], this.count
}

// readBroken reads the file. What is not in its form is ignored.
func readBroken(dir int) (all []broken) {
	fd, _, err := openRegular(dir, brokenName, unix.O_RDONLY)
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(fd), brokenName)
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, maxBrokenAt))
	for lines.Scan() && len(all) < maxBroken {
		var b broken
		n, err := fmt.Sscanf(lines.Text(), "%d %d %x", &b.first, &b.count, &b.name)
		if err == nil && n == 3 && b.count > 0 && b.count < 1<<30 {
			all = append(all, b)
		}
	}
	return all
}

// writeBroken replaces the file.
func writeBroken(dir int, all []broken) error {
	var text bytes.Buffer
	for _, b := range all {
		fmt.Fprintf(&text, "%d %d %x\n", b.first, b.count, b.name)
	}
	_ = unix.Unlinkat(dir, brokenNewName, 0) // of a process that was killed
	fd, err := openAt(dir, brokenNewName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), brokenNewName)
	_, err = file.Write(text.Bytes())
	if err = errors.Join(err, file.Close()); err == nil {
		err = retry(func() error { return unix.Renameat(dir, brokenNewName, dir, brokenName) })
	}
	if err != nil {
		_ = unix.Unlinkat(dir, brokenNewName, 0)
	}
	return err
}
