package maildir

import "golang.org/x/sys/unix"

// maxUndecoded is how many messages that cannot be decoded a session remembers. It keeps
// a client that asks for them again and again from costing a whole file each time.
const maxUndecoded = 16

// undecoded are the messages of a session that could not be decoded, with the reason.
// It is not in the index: another version may decode more.
type undecoded struct {
	known []undecodedFile
	next  int // the one that is replaced if there are maxUndecoded
}

// undecodedFile is one file as it was when it was decoded in vain.
type undecodedFile struct {
	ino, size    int64
	mtime, ctime unix.Timespec
	why          error
}

func undecodedOf(stat unix.Stat_t, why error) undecodedFile {
	return undecodedFile{int64(stat.Ino), stat.Size, stat.Mtim, stat.Ctim, why}
}

// reason returns why a file, which is as it was then, cannot be decoded; nil if that is
// not known. It may be called on nil.
func (u *undecoded) reason(stat unix.Stat_t) error {
	if u == nil {
		return nil
	}
	for _, f := range u.known {
		if why := f.why; f == undecodedOf(stat, why) {
			return why
		}
	}
	return nil
}

// add remembers a file, in the place of an old one if there are many.
func (u *undecoded) add(stat unix.Stat_t, why error) {
	if len(u.known) < maxUndecoded {
		u.known = append(u.known, undecodedOf(stat, why))
		return
	}
	u.known[u.next] = undecodedOf(stat, why)
	u.next = (u.next + 1) % maxUndecoded
}
