package maildir

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// measure fills in the size of each message of v.base and returns the indexes
// of those that are gone. W= in a name is the exact size; then come the
// settings, and then the file is read, once.
func (m *Mailbox) measure(ctx context.Context, v *view, messages []pop3.Message) (gone []int, err error) {
	unnamed := func(yield func(int) bool) {
		for i, f := range v.base.files {
			octets, known := m.namedOctets(v.base.unique(f))
			messages[i].Octets = octets
			if !known && !yield(i) {
				return
			}
		}
	}
	return v.each(ctx, unnamed, func(i int, at place) (err error) {
		if m.options.UseFilesize {
			messages[i].Octets, err = fileOctets(at)
		} else {
			messages[i].Octets, err = m.wireOctets(ctx, at)
		}
		return err
	})
}

// namedOctets returns the size that a unique name tells.
func (m *Mailbox) namedOctets(unique string) (int64, bool) {
	if octets, ok := field(unique, 'W'); ok {
		return octets, true
	}
	if m.options.Extended {
		return field(unique, 'S')
	}
	return 0, false
}

// fileOctets returns the size of a file.
func fileOctets(at place) (int64, error) {
	stat, err := statAt(at.dir(), at.name)
	if err != nil {
		return 0, err
	}
	if !isRegular(stat) {
		return 0, errNoFile
	}
	return stat.Size, nil
}

// wireOctets returns the size that a message has on the wire. One that cannot
// be read stays in the listing, with the size of its file: it must not keep
// the owner from the others. So does one that is compressed or encrypted, with
// the size in its name, which is that of its text.
func (m *Mailbox) wireOctets(ctx context.Context, at place) (int64, error) {
	text, err := openMessage(at)
	if err == nil {
		var octets int64
		octets, err = pop3.WireOctets(contextReader{ctx, text})
		_ = text.Close()
		if err == nil {
			return octets, nil
		}
	}
	if isPassing(err) || errors.Is(err, unix.ENOENT) {
		return 0, err
	}
	if errors.Is(err, pop3.ErrEncoded) {
		if octets, ok := field(at.name[:uniqueLen(at.name)], 'S'); ok {
			return octets, nil
		}
		return fileOctets(at)
	}
	m.log.Warn("message size not read", "file", at.name, "error", err)
	return fileOctets(at)
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
