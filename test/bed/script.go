package bed

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// script returns a command that runs the text with sh. It gives the text along
// as a file without a name (its $0), so that it is at hand wherever the test
// binary runs and nothing of it remains.
func script(text string, args ...string) (*exec.Cmd, error) {
	file, err := memory("script")
	if err != nil {
		return nil, err
	}
	if _, err := file.WriteString(text); err != nil {
		file.Close()
		return nil, fmt.Errorf("file for a script: %w", err)
	}
	cmd := exec.Command("sh", append([]string{"/proc/self/fd/3"}, args...)...)
	cmd.ExtraFiles = []*os.File{file} // descriptor 3; closed by the finalizer
	return cmd, nil
}

// memory returns an empty file that is in no folder.
func memory(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
