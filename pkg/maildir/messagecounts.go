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
)

// messageCounts is a file in the Maildir that counts sessions by message: a line for each
// message with the time of the first session in seconds since 1970, the number of
// sessions, and the hash of the unique name. The owner may write anything into it.
type messageCounts struct {
	name string
	most int // messages
}

// countAge is how long a message is counted, from the first session on.
const countAge = 7 * 24 * time.Hour

// maxCountLine is the length of the longest line, in octets.
const maxCountLine = 48

// messageCount is a line of the file.
type messageCount struct {
	first int64
	count int
	name  uint64
}

// add counts a session for each of the messages with these hashes, and returns the new
// numbers in the same order. What is too old is left out, and the oldest if there are too
// many.
func (c *messageCounts) add(all []messageCount, names []uint64, now time.Time) (kept []messageCount, counts []int) {
	counted := make(map[uint64]messageCount, len(names))
	for _, name := range names {
		counted[name] = messageCount{first: now.Unix(), name: name}
	}
	for _, m := range all {
		age := now.Sub(time.Unix(m.first, 0))
		_, again := counted[m.name]
		switch {
		case age < 0 || age > countAge:
		case again:
			counted[m.name] = m
		default:
			kept = append(kept, m)
		}
	}
	for _, name := range names {
		m := counted[name]
		m.count++
		kept, counts = append(kept, m), append(counts, m.count)
	}
	return kept[max(0, len(kept)-c.most):], counts
}

// read reads the file. What is not in its form is ignored.
func (c *messageCounts) read(dir int) (all []messageCount) {
	fd, _, err := openRegular(dir, c.name, unix.O_RDONLY)
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(fd), c.name)
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, int64(c.most*maxCountLine)))
	for lines.Scan() && len(all) < c.most {
		var m messageCount
		n, err := fmt.Sscanf(lines.Text(), "%d %d %x", &m.first, &m.count, &m.name)
		if err == nil && n == 3 && m.count > 0 && m.count < 1<<30 {
			all = append(all, m)
		}
	}
	return all
}

// write replaces the file.
func (c *messageCounts) write(dir int, all []messageCount) error {
	var text bytes.Buffer
	for _, m := range all {
		fmt.Fprintf(&text, "%d %d %x\n", m.first, m.count, m.name)
	}
	fresh := c.name + ".new"
	_ = unix.Unlinkat(dir, fresh, 0) // of a process that was killed
	fd, err := openAt(dir, fresh, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), fresh)
	_, err = file.Write(text.Bytes())
	if err = errors.Join(err, file.Close()); err == nil {
		err = retry(func() error { return unix.Renameat(dir, fresh, dir, c.name) })
	}
	if err != nil {
		_ = unix.Unlinkat(dir, fresh, 0)
	}
	return err
}

// countSession counts this session for messages, and returns the new number of each. The
// error is that of the file.
func (m *Mailbox) countSession(c *messageCounts, messages []int) (counts []int, err error) {
	names := make([]uint64, len(messages))
	for i, n := range messages {
		names[i] = hashOf(m.snap.unique(m.snap.files[m.snap.index(n)]))
	}
	err = m.owner.Do(func() error {
		var all []messageCount
		all, counts = c.add(c.read(m.dir), names, m.now())
		return c.write(m.dir, all)
	})
	return counts, err
}
