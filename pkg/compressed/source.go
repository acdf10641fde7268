package compressed

import (
	"bufio"
	"io"
	"sync"
)

// source is a file that a decoder reads. It remembers an error that is not the
// end, which decoders may take for one.
type source struct {
	*bufio.Reader
	from io.Reader
	err  error
}

// sourceBuffer is how much of a file is read at once.
const sourceBuffer = 32 << 10

var sources = sync.Pool{New: func() any {
	s := &source{}
	s.Reader = bufio.NewReaderSize(fileOf{s}, sourceBuffer)
	return s
}}

// takeSource returns a source that reads from a file.
func takeSource(from io.Reader) *source {
	s := sources.Get().(*source)
	s.from, s.err = from, nil
	s.Reader.Reset(fileOf{s})
	return s
}

// giveSource takes a source back.
func giveSource(s *source) {
	s.from = nil
	sources.Put(s)
}

// fileOf is the file below the buffer of a source.
type fileOf struct{ s *source }

// Read reads from the file.
func (f fileOf) Read(p []byte) (int, error) {
	n, err := f.s.from.Read(p)
	if err != nil && err != io.EOF {
		f.s.err = err
	}
	return n, err
}

// decoders are those that are not in use, by their format. Each has buffers that
// are worth keeping.
var decoders [inLZ4 + 1]sync.Pool

// takeDecoder returns a decoder of a format that has one.
func takeDecoder(format Format) decoder {
	if d, is := decoders[format].Get().(decoder); is {
		return d
	}
	switch format {
	case inGzip:
		return &gzipDecoder{}
	case inBzip2:
		return &bzip2Decoder{}
	case inZstd:
		return newZstdDecoder()
	}
	return &lz4Decoder{}
}

// giveDecoder takes a decoder back.
func giveDecoder(format Format, d decoder) {
	if d.release() {
		decoders[format].Put(d)
	}
}
