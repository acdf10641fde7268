package maildir

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// directories looks at the directories of the Maildir, and opens them.
func (x *examination) directories() {
	if stat, err := statAt(x.dir, "."); err == nil {
		x.rights("", x.dir, ".", stat, 0o700)
	}
	for sub, name := range examined {
		stat, err := statAt(x.dir, name)
		switch {
		case errors.Is(err, unix.ENOENT):
			x.missing(sub, name)
			continue
		case err == nil && stat.Mode&unix.S_IFMT != unix.S_IFDIR:
			x.add(faultDirectory, name, kindOf(stat)+" instead of a directory", nil)
			continue
		case err == nil:
			x.rights(name, x.dir, name, stat, 0o700)
		}
		x.subs[sub], err = openDir(x.dir, name, unix.O_RDONLY)
		if err != nil && stat.Mode&0o400 != 0 {
			x.add(faultUnreadable, name, err.Error(), nil)
		}
	}
}

// missing notes that there is no directory of that name.
func (x *examination) missing(sub int, name string) {
	var repair func() error
	if sub == inTmp {
		repair = func() error { return unix.Mkdirat(x.dir, name, 0o700) }
	}
	x.add(faultDirectory, name, "", repair)
}

// rights looks at the owner and the mode of a file that is named below dir. Its owner
// needs the bits of need. It is repaired at once: without its rights nothing else can be
// looked at.
func (x *examination) rights(file string, dir int, name string, stat unix.Stat_t, need uint32) {
	mode := stat.Mode & 0o7777
	if stat.Uid != x.uid {
		x.add(faultOwner, file, fmt.Sprintf("uid %d instead of %d", stat.Uid, x.uid), nil)
	} else if mode&need != need {
		x.add(faultMode, file, fmt.Sprintf("mode %04o", mode), func() error { return chmodSame(dir, name, stat, need, 0) })
		x.repairNow(faultMode)
	}
	if mode&0o002 != 0 {
		x.add(faultWritable, file, fmt.Sprintf("mode %04o", mode), func() error { return chmodSame(dir, name, stat, 0, 0o002) })
		x.repairNow(faultWritable)
	}
}

// chmodSame sets some bits of the mode of a file and clears others, unless it is another
// file than the one that had the status. It does not follow a link.
func chmodSame(dir int, name string, was unix.Stat_t, set, clear uint32) error {
	fd, err := openAt(dir, name, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &stat) }); err != nil {
		return err
	}
	if stat.Dev != was.Dev || stat.Ino != was.Ino {
		return errors.New("it was replaced")
	}
	return retry(func() error { return unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), stat.Mode&0o7777&^clear|set) })
}
