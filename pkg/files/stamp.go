package files

import (
	"io/fs"
	"os"
	"syscall"
)

// Stamp identifies the state of a file. Two stamps are equal if the file was neither
// changed nor replaced. They may also be equal after a change within the granularity of
// the file system's clock. The zero Stamp belongs to no file.
type Stamp struct {
	Device, Inode    uint64
	Size             int64 // bytes
	Modified, Change int64 // nanoseconds since 1970: of the contents, and of anything
}

// StampOf returns the Stamp in the result of os.Stat or File.Stat.
func StampOf(info fs.FileInfo) Stamp {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Stamp{}
	}
	return Stamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano()}
}

// StampPath returns the Stamp of the file at the path, following symbolic
// links. The error is an *fs.PathError.
func StampPath(path string) (Stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Stamp{}, err
	}
	return StampOf(info), nil
}
