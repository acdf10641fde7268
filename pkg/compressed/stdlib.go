package compressed

import (
	"compress/bzip2"
	"compress/gzip"
	"io"
)

// gzipDecoder decodes gzip files. Several members one after the other are one
// text, as for Dovecot, and anything else after a member is an error.
type gzipDecoder struct{ gzip.Reader }

func (d *gzipDecoder) reset(from *source) error { return cutOff(d.Reset(from)) }

func (d *gzipDecoder) release() bool { return true }

// bzip2Decoder decodes bzip2 files, with as much memory as the block size of the
// file needs: 3.6 MB at most. Several streams one after the other are one
// text, as parallel compressors write it; Dovecot shows only the first of them.
type bzip2Decoder struct{ io.Reader }

func (d *bzip2Decoder) reset(from *source) error {
	d.Reader = bzip2.NewReader(from)
	return nil
}

// release reports false, since the decoder of the library cannot be used again.
func (d *bzip2Decoder) release() bool { return false }

// cutOff returns err, unless it is the end of a file that had to have a header.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
