package maildir

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// measurer finds the sizes of messages, as the settings want them.
type measurer struct {
	useFilesize bool // as in Options
	extended    bool // as in Options
	log         *slog.Logger
}

// measure fills in the sizes of the messages of v.base that are not known and
// returns the indexes of those that are gone. W= in a name is the exact size;
// then come the settings, and then the file is read, once.
func (m *measurer) measure(ctx context.Context, v *view) (gone []int, err error) {
	files := v.base.files
	m.takeNamed(v.base)
	unknown := slices.ContainsFunc(files, func(f file) bool { return f.octets == unmeasured })
	if !unknown {
		return nil, nil
	}
	unmeasuredFiles := func(yield func(int) bool) {
		for i := range files {
			if files[i].octets == unmeasured && !yield(i) {
				return
			}
		}
	}
	return v.each(ctx, unmeasuredFiles, func(i int, at place) error {
		size, err := m.sizeOf(ctx, at)
		if err == nil {
			files[i].octets, files[i].print = size.octets, size.print
			v.measured++
			v.base.rough = v.base.rough || size.print == 0
		}
		return err
	})
}

// takeNamed fills in the sizes that names tell.
func (m *measurer) takeNamed(t *table) {
	if !m.extended && !strings.Contains(t.names, ",W=") {
		return
	}
	for i := range t.files {
		if octets, named := m.namedOctets(t.unique(t.files[i])); named {
			t.files[i].octets, t.files[i].print = octets, 0
		}
	}
}

// measured is the size of a message that was looked at.
type measured struct {
	octets int64
	print  uint32 // contentMark of its file; 0 if the size may be wrong
}

// sizeOf returns the size of the message at a place, as the settings want it.
func (m *measurer) sizeOf(ctx context.Context, at place) (measured, error) {
	if m.useFilesize {
		return fileOctets(at)
	}
	return m.wireOctets(ctx, at)
}

// namedOctets returns the size that a unique name tells.
func (m *measurer) namedOctets(unique string) (int64, bool) {
	if octets, ok := field(unique, 'W'); ok {
		return octets, true
	}
	if m.extended {
		return field(unique, 'S')
	}
	return 0, false
}

// fileOctets returns the size of a file.
func fileOctets(at place) (measured, error) {
	stat, err := statAt(at.dir(), at.name)
	if err != nil {
		return measured{}, err
	}
	if !isRegular(stat) {
		return measured{}, errNoFile
	}
	return measured{stat.Size, contentMark(stat)}, nil
}

// wireOctets returns the size that a message has on the wire. One that cannot
// be read stays in the listing, with the size of its file: it must not keep
// the owner from the others. So does one that is compressed or encrypted, with
// the size in its name, which is that of its text.
func (m *measurer) wireOctets(ctx context.Context, at place) (measured, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err == nil {
		text := &checkedReader{messageReader: newReader(fd, stat), fd: fd, name: at.name}
		var octets int64
		octets, err = pop3.WireOctets(contextReader{ctx, text})
		_ = text.Close()
		if err == nil {
			return measured{octets, text.print}, nil
		}
	}
	if isPassing(err) || errors.Is(err, unix.ENOENT) {
		return measured{}, err
	}
	size, statErr := fileOctets(at)
	if errors.Is(err, pop3.ErrEncoded) {
		if octets, ok := field(at.name[:uniqueLen(at.name)], 'S'); ok {
			size.octets = octets
		}
		return size, statErr
	}
	m.log.Warn("message size not read", "file", at.name, "error", err)
	size.print = 0
	return size, statErr
}

// isPassing reports whether an error is about the process and not about the
// file: then a listing with wrong sizes is worse than none.
func isPassing(err error) bool {
	for _, passing := range []error{context.Canceled, context.DeadlineExceeded, unix.EMFILE, unix.ENFILE, unix.ENOMEM} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// checkedReader is a message that is read to be measured. It looks for the signature
// of compressed and encrypted files in what is read anyway.
type checkedReader struct {
	*messageReader
	fd      int
	name    string
	checked bool
}

// Read reads from the file. Its error is pop3.ErrEncoded if the file is no text.
func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.messageReader.Read(p)
	if r.checked || err != nil {
		return n, err
	}
	r.checked = true
	how := encodingOf(p[:min(n, maxMagic)])
	if n < maxMagic && r.left > 0 {
		how, err = encoding(r.fd)
	}
	if err == nil {
		err = isText(r.name, how)
	}
	return n, err
}

// contextReader is a reader that ends with a context: a user's sparse file may
// be larger than any patience.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads from r unless the context has ended.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
