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

// measurer measures the messages of a mailbox for a session.
type measurer struct {
	sizer
	log   func() *slog.Logger
	cache *Cache // whose helpers measure ahead; may be nil
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

// sizer finds the sizes of messages, as the settings want them.
type sizer struct {
	useFilesize bool // as in Options
	extended    bool // as in Options
	odd         oddMessages
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
func (s *sizer) sizeOf(ctx context.Context, at place) (measured, error) {
	unique := at.name[:uniqueLen(at.name)]
	named, isNamed := s.namedOctets(unique)
	if !isNamed && !s.useFilesize {
		return s.wireOctets(ctx, at)
	}
	text, hasText := field(unique, 'S')
	if !hasText {
		return s.lookInto(ctx, at, named, isNamed)
	}
	size, err := statedOctets(at, named, isNamed)
	// Servers that compress write the size of the text into S=.
	if isPlain := text == size.file; err != nil || isPlain || size.print == 0 {
		return size, err
	}
	return s.lookInto(ctx, at, named, isNamed)
}

// namedOctets returns the size that a unique name has.
func (s *sizer) namedOctets(unique string) (int64, bool) {
	if octets, ok := field(unique, 'W'); ok {
		return octets, true
	}
	if s.extended {
		return field(unique, 'S')
	}
	return 0, false
}

// lookInto returns the size of a message by its name or its file, unless it is compressed.
func (s *sizer) lookInto(ctx context.Context, at place, named int64, isNamed bool) (measured, error) {
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
	if err != nil || format == compressed.Plain {
		return size, nil
	}
	return s.odd.encoded(ctx, openMessage{at, fd, stat, format})
}

// wireOctets returns the size that a message has on the wire.
func (s *sizer) wireOctets(ctx context.Context, at place) (measured, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return s.odd.decide(at, measured{}, err)
	}
	defer unix.Close(fd)
	text := &checkedReader{messageReader: newReader(fd, stat), fd: fd}
	size := measured{print: text.print}
	size.octets, err = pop3.WireOctets(contextReader{ctx, text})
	size.read = size.octets
	if err == errNotPlain {
		if err = rewind(fd); err == nil {
			return s.odd.encoded(ctx, openMessage{at, fd, stat, text.format})
		}
	}
	return s.odd.decide(at, size, err)
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
