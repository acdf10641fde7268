package oldconf

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/memfd"
)

// verify reads the new file as the server does, and rejects the lines of the old
// one that have become an error.
func (c *converter) verify(hostname string) error {
	file, path, err := memoryFile(c.text())
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = config.Load(config.Source{Args: []string{"--config=" + path}, Hostname: hostname})
	var problems config.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		from := 0
		if p.Line > 0 && p.Line <= len(c.out) {
			from = c.out[p.Line-1].from
		}
		c.rejectOnce(from, p.Text)
	}
	return nil
}

// rejectOnce replaces the note about a line by its rejection.
func (c *converter) rejectOnce(at int, text string) {
	for i, n := range c.notes {
		if n.Line == at && at != 0 && !n.Rejected {
			c.notes[i] = Note{Line: at, Text: "rejected: " + text, Rejected: true}
			return
		}
	}
	c.reject(at, "%s", text)
}

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
