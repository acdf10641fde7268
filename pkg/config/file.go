package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"unicode/utf8"
)

// maxFile bounds the configuration file, in octets.
const maxFile = 1 << 20

// readableByAll is the bit of a file's mode that lets every user read it.
const readableByAll fs.FileMode = 0o004

// readFile returns what the configuration file sets.
func (l *loader) readFile() []setting {
	if l.broken["config"] {
		return nil
	}
	name := l.config.ConfigFile
	content, isPublic, err := readBounded(name, maxFile)
	_, isNamed := l.given["config"]
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isNamed && !l.source.MustExist:
		return nil
	case err != nil:
		l.problem(place{file: printable(name)}, "%v", err)
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

// readBounded returns what a regular file of at most limit octets holds, and
// whether its mode lets all users read it. Its errors do not repeat the name.
// Anything but a regular file could make the reload of a running daemon wait
// for ever.
func readBounded(name string, limit int) (content []byte, isPublic bool, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false, withoutName(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, withoutName(err)
	}
	if !info.Mode().IsRegular() {
		return nil, false, errors.New("not a regular file")
	}
	content, err = io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(content) > limit {
		err = fmt.Errorf("longer than %d octets", limit)
	}
	return content, info.Mode()&readableByAll != 0, withoutName(err)
}

func withoutName(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return fmt.Errorf("%s: %w", pathErr.Op, pathErr.Err)
	}
	return err
}

// firstInvalid returns the offset of the first octet that is not UTF-8, or -1.
func firstInvalid(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
