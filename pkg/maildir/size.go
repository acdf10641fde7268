package maildir

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// measurer finds the sizes of messages, as the settings want them.
type measurer struct {
	useFilesize bool // as in Options
	extended    bool // as in Options
	log         func() *slog.Logger
	cache       *Cache // whose helpers measure ahead; may be nil
	isAhead     bool   // it is one of them: what is not plain, or fails, is an error
}

// measure fills in the sizes of the messages of v.base that are not known and
// returns the indexes of those that are gone.
func (m *measurer) measure(ctx context.Context, v *view) (gone []int, err error) {
	files := v.base.files
	unknown := func(yield func(int) bool) {
		for i := range files {
			if files[i].isUnmeasured() && !yield(i) {
				return
			}
		}
	}
	m.measureAhead(ctx, v)
	if !slices.ContainsFunc(files, file.isUnmeasured) {
		return nil, nil
	}
	bad := unreadables{}
	defer bad.log(m.log)
	return v.each(ctx, unknown, func(i int, at place) error {
		size, err := m.sizeOf(ctx, at)
		bad.note(at.name, size.why)
		if err == nil {
			files[i].octets, files[i].print, files[i].form = size.octets, size.print, size.form
			v.measured++
			v.base.rough = v.base.rough || size.print == 0
		}
		return err
	})
}

// measured is the size of a message that was looked at.
type measured struct {
	octets int64
	file   int64  // octets of its file, if that was not read for its size
	print  uint32 // contentMark of its file; 0 if the size may be wrong
	form   form
	why    error // why it is unreadable
	read   int64 // octets that its text was read for, 0 if its file was not
}

// sizeOf returns the size of the message at a place. W= in a name is the exact
// size; then come the settings, and then the file is read, once. None of that
// counts for a file that is compressed: it is decoded.
func (m *measurer) sizeOf(ctx context.Context, at place) (measured, error) {
	unique := at.name[:uniqueLen(at.name)]
	named, isNamed := m.namedOctets(unique)
	if !isNamed && !m.useFilesize {
		return m.wireOctets(ctx, at)
	}
	text, hasText := field(unique, 'S')
	if !hasText {
		return m.lookInto(ctx, at, named, isNamed)
	}
	size, err := statedOctets(at, named, isNamed)
	// Servers that compress write the size of the text into S=.
	if isPlain := text == size.file; err != nil || isPlain || size.print == 0 {
		return size, err
	}
	return m.lookInto(ctx, at, named, isNamed)
}

// namedOctets returns the size that a unique name has.
func (m *measurer) namedOctets(unique string) (int64, bool) {
	if octets, ok := field(unique, 'W'); ok {
		return octets, true
	}
	if m.extended {
		return field(unique, 'S')
	}
	return 0, false
}

// lookInto returns the size of a message by its name or its file, unless it is compressed.
func (m *measurer) lookInto(ctx context.Context, at place, named int64, isNamed bool) (measured, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if isPassing(err) || errors.Is(err, unix.ENOENT) {
		return measured{}, err
	}
	if err != nil {
		return statedOctets(at, named, isNamed)
	}
	defer unix.Close(fd)
	size := sizeOfFile(stat)
	if isNamed {
		size.octets = named
	}
	format, err := formatOf(fd)
	if isPassing(err) {
		return size, err
	}
	if m.isAhead && format != compressed.Plain {
		return size, errNotPlain
	}
	if err != nil || format == compressed.Plain {
		return size, nil
	}
	octets, err := decodedOctets(ctx, fd, stat, at.name, format)
	return m.decided(at, measured{octets: octets, print: size.print, form: encoded}, err)
}

// wireOctets returns the size that a message has on the wire.
func (m *measurer) wireOctets(ctx context.Context, at place) (measured, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return m.decided(at, measured{}, err)
	}
	defer unix.Close(fd)
	text := &checkedReader{messageReader: newReader(fd, stat), fd: fd}
	size := measured{print: text.print}
	size.octets, err = pop3.WireOctets(contextReader{ctx, text})
	size.read = size.octets
	if err == errNotPlain && !m.isAhead {
		if err = rewind(fd); err == nil {
			size.octets, err = decodedOctets(ctx, fd, stat, at.name, text.format)
		}
		size.form = encoded
	}
	return m.decided(at, size, err)
}

// decided returns the size of a message, of which err came when it was measured.
// One that cannot be read stays in the listing, with the size of its file: it must
// not keep the owner from the others. So does one that cannot be decoded, with
// the size in its name, which is that of its text.
func (m *measurer) decided(at place, size measured, err error) (measured, error) {
	if err == nil || m.isAhead || isPassing(err) || errors.Is(err, unix.ENOENT) {
		return size, err
	}
	size, statErr := fileOctets(at)
	if errors.Is(err, pop3.ErrEncoded) {
		if octets, ok := field(at.name[:uniqueLen(at.name)], 'S'); ok {
			size.octets = octets
		}
		size.form, size.why = unreadable, err
		return size, statErr
	}
	m.log().Warn("message size not read", "file", at.name, "error", err)
	size.print = 0
	return size, statErr
}

// isPassing reports whether an error is about the process and not about the
// file: then a listing with wrong sizes is worse than none.
func isPassing(err error) bool {
	for _, passing := range []error{context.Canceled, context.DeadlineExceeded, unix.EMFILE, unix.ENFILE, unix.ENOMEM, compressed.ErrBusy} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}
