package auth

import (
	"io/fs"
	"os"
	"syscall"
)

// fileStamp tells one content of a file from the next.
type fileStamp struct {
	device, inode    uint64
	size             int64 // octets
	modified, change int64 // nanoseconds since 1970
}

func stampOf(info fs.FileInfo) fileStamp {
	st := info.Sys().(*syscall.Stat_t)
	return fileStamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano()}
}

// stampPath returns the stamp of what the path leads to. An error tells it.
func stampPath(path string) (fileStamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}, err
	}
	return stampOf(info), nil
}
