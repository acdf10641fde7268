package oldconf

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/memfd"
)

// verify reads the new file as the server would, and refuses the lines of the
// old one from which comes what the server refuses.
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
		c.refuseOnce(from, p.Text)
	}
	return nil
}

// refuseOnce puts a refusal in the place of what was said of the line.
func (c *converter) refuseOnce(at int, text string) {
	for i, n := range c.notes {
		if n.Line == at && at != 0 && !n.Refused {
			c.notes[i] = Note{Line: at, Text: "refused: " + text, Refused: true}
			return
		}
	}
	c.refuse(at, "%s", text)
}

// memoryFile returns a file in memory with this text, since it may contain a
// password, and a path to it for this process.
func memoryFile(text string) (file *os.File, path string, err error) {
	if file, err = memfd.New("tpops.toml"); err != nil {
		return nil, "", err
	}
	if _, err := file.WriteString(text); err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), nil
}
