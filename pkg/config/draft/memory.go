package draft

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/memfd"
)

// memoryFile returns a file with this text, and a path to it for this process. The
// file is in memory because it may contain a password.
func memoryFile(text string) (file *os.File, path string, err error) {
	if file, err = memfd.New("tpops.toml"); err != nil {
		return nil, "", err
	}
	if _, err := file.WriteString(text); err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), nil
}
