package maildir

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// tmpAge is how old a file in tmp has to be to be removed (maildir(5)).
const tmpAge = 36 * time.Hour

// maxName is how long the name of a file can be.
const maxName = 255

// entry looks at an entry of one of the directories. What is gone meanwhile is no fault.
func (x *examination) entry(sub int, name string) error {
	file := examined[sub] + "/" + name
	if name == "." || name == ".." {
		return nil
	}
	stat, err := statAt(x.subs[sub], name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case !isRegular(stat):
		x.add(faultKind, file, kindOf(stat), nil)
	case sub == inTmp:
		x.tmpFile(name, stat)
	case isHidden(name):
		x.add(noteHidden, file, "", nil)
	default:
		x.messageName(sub, name)
		return x.message(file, place{&subdirs{x.subs[inNew], x.subs[inCur]}, uint8(sub), name}, stat)
	}
	return nil
}

// kindOf returns what a file is that is no regular one.
func kindOf(stat unix.Stat_t) string {
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symbolic link"
	case unix.S_IFIFO:
		return "FIFO"
	case unix.S_IFSOCK:
		return "socket"
	}
	return "device"
}

// tmpFile looks at a file in tmp.
func (x *examination) tmpFile(name string, stat unix.Stat_t) {
	age := x.ageOf(stat)
	if age <= tmpAge {
		return
	}
	x.add(faultTmp, "tmp/"+name, fmt.Sprintf("%d hours old", int(age.Hours())), func() error {
		return x.unlinkSame(x.subs[inTmp], name, stat)
	})
}

// unlinkSame removes a file unless it has changed since it had the status.
func (x *examination) unlinkSame(dir int, name string, was unix.Stat_t) error {
	stat, err := statAt(dir, name)
	if err != nil {
		return err
	}
	if stat.Dev != was.Dev || stat.Ino != was.Ino || stat.Ctim != was.Ctim {
		return errors.New("it has changed")
	}
	return retry(func() error { return unix.Unlinkat(dir, name, 0) })
}

// messageName looks at the name of a message.
func (x *examination) messageName(sub int, name string) {
	file, unique := examined[sub]+"/"+name, name[:uniqueLen(name)]
	switch {
	case strings.ContainsFunc(name, isOddRune):
		x.add(noteName, file, "", nil)
	case !isUIDL(unique):
		x.add(noteUIDLHash, file, fmt.Sprintf("%d octets", len(unique)), nil)
	}
	if unique == name && len(name)+len(":2,S") > maxName {
		x.add(noteLong, file, fmt.Sprintf("%d octets", len(name)), nil)
	}
	if set, ok := flags(name); sub == inNew && ok && set != "" {
		at := place{&subdirs{x.subs[inNew], x.subs[inCur]}, inNew, name}
		x.add(faultNewFlags, file, "", func() error { return at.rename(x.subs[inCur], name) })
	}
}

// isOddRune reports whether a name with r looks like another one, or does something on a
// terminal.
func isOddRune(r rune) bool {
	const slashes = "\\\u2044\u2215\u29f8\uff0f"
	return r == unicode.ReplacementChar || !unicode.IsPrint(r) || strings.ContainsRune(slashes, r)
}

// message looks at the file of a message.
func (x *examination) message(file string, at place, stat unix.Stat_t) error {
	x.rights(file, at.dir(), at.name, stat, 0o400)
	if stat.Nlink > 1 {
		x.add(noteLinks, file, fmt.Sprintf("%d names", stat.Nlink), nil)
	}
	isReported := x.uid == stat.Uid && stat.Mode&0o400 == 0
	err := x.text(file, at)
	switch {
	case err == nil, isPassing(err):
		return err
	case errors.Is(err, unix.ENOENT), errors.Is(err, pop3.ErrEncoded), errors.Is(err, unix.EACCES) && isReported:
	default:
		x.add(faultUnreadable, file, err.Error(), nil)
	}
	return nil
}

// text looks into the file of a message. The errors are those of content, and that it
// cannot be opened.
func (x *examination) text(file string, at place) error {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return x.content(file, at.name, fd, stat)
}
