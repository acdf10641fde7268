package passwdfile

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/files"
	"tpops/pkg/memfd"
)

// hold keeps an image open until the function that it returns is called.
func (i *image) hold() (release func()) {
	if !i.closes {
		return func() {}
	}
	i.mu.RLock()
	return i.mu.RUnlock
}

// share writes the image to an empty file in memory and seals it.
func (i *image) share(file *os.File) error {
	_, err := file.WriteAt(i.index, 0)
	if err == nil {
		_, err = file.WriteAt(i.text, int64(len(i.index)))
	}
	if err == nil {
		err = memfd.Seal(file)
	}
	return err
}

// openShared returns the rows in a sealed file, or those of the file at the path if that
// has changed since and can be read. Otherwise the rows in force stay, as in a process
// that has read them before.
func (f *File) openShared(ctx context.Context, file *os.File) (*table, error) {
	image, err := mapImage(file)
	if err != nil {
		return nil, err
	}
	shared := newTable(f.options.Path, image, f.parse())
	if stamp, err := files.StampPath(f.options.Path); err != nil || stamp == shared.stamp {
		return shared, nil // The next login logs the error.
	}
	next, err := f.read(ctx, shared.stamp)
	if err != nil {
		return shared, nil
	}
	return next, image.close()
}

// mapImage maps a file to which share has written. It cannot be truncated or changed.
func mapImage(file *os.File) (*image, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if size := info.Size(); size < headWords*word || size > 4*maxFile {
		return nil, fmt.Errorf("%d octets are not a table of users", size)
	}
	if !memfd.IsSealed(file) {
		return nil, errors.New("the table of users is not sealed")
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	i := &image{mapped: data, index: data, closes: true}
	length := int(i.word(1))
	if i.word(0) != headMagic || length > len(data) {
		return nil, errors.Join(errors.New("not a table of users"), unix.Munmap(data))
	}
	i.index, i.text = data[:length:length], data[length:]
	return i, nil
}

// sharedStamp returns the stamp of the rows in a sealed file, the zero one for no file.
func sharedStamp(file *os.File) (files.Stamp, error) {
	if file == nil {
		return files.Stamp{}, nil
	}
	i, err := mapImage(file)
	if err != nil {
		return files.Stamp{}, err
	}
	stamp := i.stamp()
	return stamp, i.close()
}

// close removes an image that can be closed from the memory of the process.
func (i *image) close() error {
	if !i.closes {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	mapped := i.mapped
	if mapped == nil {
		clear(i.text)
	}
	i.index, i.text, i.mapped = nil, nil, nil
	if mapped == nil {
		return nil
	}
	return os.NewSyscallError("munmap", unix.Munmap(mapped))
}
