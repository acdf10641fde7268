package maildir

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"

	osfiles "tpops/pkg/files"
)

// quotaFile is where Maildir++ keeps how much is in a Maildir: a line for each
// change, octets and number of messages, which programs append without a lock.
const quotaFile = "maildirsize"

// usage is what a mailbox holds, or what was removed from it.
type usage struct{ octets, files int64 }

// add counts a file. Its name may claim any number of octets.
func (u *usage) add(octets int64) {
	u.files++
	u.octets += min(octets, math.MaxInt64-u.octets)
}

// hasQuota reports whether the Maildir keeps count. If not, nobody wants to.
func hasQuota(maildir int) bool {
	stat, err := statAt(maildir, quotaFile)
	return err == nil && isRegular(stat)
}

// quotaOctets returns the size with which Maildir++ counts a message: that in
// its name, else that of the file.
func quotaOctets(at place) int64 {
	if octets, ok := field(at.name[:uniqueLen(at.name)], 'S'); ok {
		return octets
	}
	size, err := fileOctets(at)
	if err != nil {
		return 0 // the count is put right when it is next made anew
	}
	return size.octets
}

// tellQuota appends a line that says what was removed. If it cannot be, for
// instance because the disk is full, the messages are removed all the same.
func (r *removal) tellQuota() {
	if !r.quota || r.files == 0 {
		return
	}
	if err := appendLine(r.view.dir, quotaFile, fmt.Sprintf("-%d -%d\n", r.octets, r.files)); err != nil {
		r.view.logger().Warn("maildirsize not updated", "octets", r.octets, "files", r.files, "error", err)
	}
}

// appendLine appends a line to a regular file in one write, so that lines of
// several programs do not mix. On a full disk it may leave a part of the line, with a line
// end: less is subtracted then than was removed.
func appendLine(dir int, name, line string) error {
	fd, _, err := openRegular(dir, name, unix.O_WRONLY|unix.O_APPEND)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	_, err = osfiles.Append(file, []byte(line))
	return err
}
