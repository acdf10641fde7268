package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tpops/pkg/files"
)

// maxFile limits the configuration file, in octets.
const maxFile = 1 << 20

// readableByAll is the bit of a file's mode that lets every user read it.
const readableByAll fs.FileMode = 0o004

// readFile returns what the configuration file sets.
func (l *loader) readFile() []setting {
	if l.broken["config"] {
		return nil
	}
	name := l.config.Run.ConfigFile
	content, isPublic, err := readBounded(name, maxFile)
	_, isNamed := l.given["config"]
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isNamed && !l.source.MustExist:
		return nil
	case err != nil:
		l.problem(place{file: printable(name)}, "%v", err)
		return nil
	case len(content) == 0 && l.source.MustExist && name != os.DevNull:
		l.problem(place{file: printable(name)}, "the file is empty")
		return nil
	}
	l.config.origin.fileRead = true
	d := &document{loader: l, file: printable(name), text: string(content)}
	found := d.settings()
	if isPublic {
		l.warnOfSecrets(found)
	}
	return found
}

// readBounded returns the content of a file of at most limit octets, and whether
// all users can read the file. Its errors do not contain the name.
func readBounded(name string, limit int) (content []byte, isPublic bool, err error) {
	content, info, err := files.Read(name, limit)
	if err != nil {
		return nil, false, withoutName(err)
	}
	return content, info.Mode()&readableByAll != 0, nil
}

func withoutName(err error) error {
	var pathErr *fs.PathError
	switch {
	case errors.As(err, &pathErr) && pathErr.Op == "read":
		return pathErr.Err // It explains the failure alone.
	case pathErr != nil:
		return fmt.Errorf("%s: %w", pathErr.Op, pathErr.Err)
	}
	return err
}
