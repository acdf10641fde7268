package maildir

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// ownFiles looks at the files beside the directories.
func (x *examination) ownFiles() error {
	names := []string{lockFile, uidlFile, indexName, servedName, quotaFile}
	for _, list := range foreignLists {
		names = append(names, list.file)
	}
	for _, name := range names {
		stat, err := statAt(x.dir, name)
		switch {
		case errors.Is(err, unix.ENOENT):
		case err != nil:
			return err
		case !isRegular(stat):
			x.add(faultKind, name, kindOf(stat), nil)
		default:
			x.rights(name, x.dir, name, stat, 0o400)
		}
	}
	x.index()
	x.served()
	aside, _ := listDeleted(x.ctx, x.dir, asideDir)
	for _, m := range aside {
		x.add(noteAside, asideDir, m.File, nil)
	}
	return nil
}

// index looks at the index.
func (x *examination) index() {
	fd, stat, err := openRegular(x.dir, indexName, unix.O_RDONLY)
	if err != nil {
		return // There is none, or it was reported.
	}
	defer unix.Close(fd)
	if stat.Size <= maxIndexed {
		err = x.readIndex(fd, stat.Size)
		if errors.Is(err, errOldIndex) {
			x.add(noteOldIndex, indexName, "", nil)
		}
		if err == nil || errors.Is(err, errOldIndex) {
			return
		}
	}
	x.add(faultIndex, indexName, "", func() error { return x.unlinkSame(x.dir, indexName, stat) })
}

// readIndex reads an index, with the settings that it was written with.
func (x *examination) readIndex(fd int, size int64) error {
	head := make([]byte, headOctets)
	if n, err := unix.Pread(fd, head, 0); err != nil || n < headOctets {
		return errIndex
	}
	h, err := parseHead(head)
	if err != nil {
		return err
	}
	found, err := readIndex(contextReader{x.ctx, io.LimitReader(fdReader(fd), size)}, size, h.settings)
	if err == nil && !found.isWhole {
		err = errIndex
	}
	return err
}

// served looks at tpops_served.
func (x *examination) served() {
	stat, err := statAt(x.dir, servedName)
	if err != nil || !isRegular(stat) {
		return
	}
	s, err := readServed(x.dir)
	switch {
	case errors.Is(err, errServed):
		x.add(faultServed, servedName, "", func() error { return x.unlinkSame(x.dir, servedName, stat) })
	case s != nil:
		x.add(noteServed, servedName, "", nil)
	}
}

// lists looks for the lists of other servers.
func (x *examination) lists() error {
	for _, list := range foreignLists {
		stat, err := statAt(x.dir, list.file)
		if err != nil || !isRegular(stat) {
			continue
		}
		detail := ""
		if _, err := statAt(x.dir, uidlFile); err == nil {
			detail = "UIDLs were imported"
		}
		x.add(noteList, list.file, detail, nil)
	}
	return nil
}
