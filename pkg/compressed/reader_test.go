package compressed

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestDovecotFiles(t *testing.T) {
	want := dovecotText()
	for name, format := range dovecotFiles {
		data := stored(t, name)
		if got := Recognise(data[:HeadOctets]); got != format {
			t.Errorf("%s is %v", name, got)
		}
		for how, slow := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "octets": iotest.OneByteReader, "halves": iotest.HalfReader, "EOF with data": iotest.DataErrReader,
		} {
			r := readFor(slow(bytes.NewReader(data)), format, maxOctets(int64(len(data))))
			text, err := io.ReadAll(iotest.HalfReader(r))
			if err != nil || string(text) != want {
				t.Errorf("%s, %s: %d octets, %v", name, how, len(text), err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s: after the end %d, %v", name, n, err)
			}
			r.Close()
		}
	}
}

func TestEmptyText(t *testing.T) {
	files := map[Format][]byte{inBzip2: stored(t, "empty.bz2")}
	for _, format := range []Format{inGzip, inZstd, inLZ4} {
		files[format] = pack(t, format, nil)
	}
	// The library writes no frame at all for an empty text.
	files[inZstd] = []byte("\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00")
	for format, file := range files {
		if text, err := textOf(file, format); text != "" || err != nil || Recognise(file) != format {
			t.Errorf("%v: %q, %v", format, text, err)
		}
	}
}

// A file that was cut off anywhere is an error. That of LZ4 has no end, so that
// between two chunks no cut shows.
func TestCutOff(t *testing.T) {
	for format, whole := range small(t) {
		for n := range len(whole.file) {
			text, err := textOf([]byte(whole.file[:n]), format)
			atEnd := format == inLZ4 && n == len(lz4Magic)+4
			atEnd = atEnd || format == inBzip2 && text == "Subject: x\n\n" && bytes.HasPrefix(stored(t, "two.bz2"), []byte(whole.file[:n]))
			if !errors.Is(err, ErrCorrupt) && !(atEnd && err == nil) {
				t.Errorf("%v, cut off after %d octets: %q, %v", format, n, text, err)
			}
			if !strings.HasPrefix(whole.text, text) {
				t.Errorf("%v, cut off after %d octets: %q", format, n, text)
			}
		}
	}
}

// Several members are one text. Dovecot sends no more than the first of several
// bzip2 streams, which is a part of the message.
func TestSeveral(t *testing.T) {
	for format, whole := range small(t) {
		second := whole.file
		if format == inLZ4 {
			second = second[len(lz4Magic)+4:] // another chunk
		}
		if text, err := textOf([]byte(whole.file+second), format); text != whole.text+whole.text || err != nil {
			t.Errorf("%v: %q, %v", format, text, err)
		}
	}
}

// Nothing else may follow the text, also not zeros, with which a file system may
// fill a file. Dovecot ignores what follows bzip2, and up to three octets after
// LZ4, which are a chunk that was cut off.
func TestFollowed(t *testing.T) {
	for format, whole := range small(t) {
		for _, garbage := range []string{"\x00", "x", "xyz", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\n", "Subject: another mail\n\n", "BZ", "BZh9", "\x1f\x8b", "\x28\xb5"} {
			if text, err := textOf([]byte(whole.file+garbage), format); !errors.Is(err, ErrCorrupt) || !strings.HasPrefix(whole.text, text) {
				t.Errorf("%v, followed by %q: %q, %v", format, garbage, text, err)
			}
		}
	}
}

// A text with a checksum is never read wrong.
func TestDamaged(t *testing.T) {
	for format, whole := range small(t) {
		for at := range len(whole.file) * 8 {
			file := []byte(whole.file)
			file[at/8] ^= 1 << (at % 8)
			text, err := textOf(file, format)
			if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%v, bit %d: %v", format, at, err)
			}
			if err == nil && format != inLZ4 && text != whole.text {
				t.Errorf("%v, bit %d: %q", format, at, text)
			}
		}
	}
}

func TestNoText(t *testing.T) {
	for format, want := range map[Format]error{inCrypt: ErrEncrypted, inXZ: ErrUnsupported, Plain: ErrUnsupported, 99: ErrUnsupported} {
		if text, err := textOf([]byte("whatever it contains"), format); text != "" || !errors.Is(err, want) {
			t.Errorf("%v: %q, %v", format, text, err)
		}
	}
}

// failing returns an error once n octets were read.
type failing struct {
	data []byte
	n    int
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.n == 0 {
		return 0, f.err
	}
	n := copy(p, f.data[:min(f.n, len(f.data))])
	f.data, f.n = f.data[n:], f.n-n
	return n, nil
}

// An error of the file stays what it is, also one that means a file that became
// shorter, and also where a decoder takes it for the end.
func TestFileFails(t *testing.T) {
	for format, whole := range small(t) {
		for _, want := range []error{io.ErrUnexpectedEOF, errors.New("input/output error")} {
			for n := range len(whole.file) + 1 {
				r := readFor(&failing{[]byte(whole.file), n, want}, format, maxOctets(int64(len(whole.file))))
				_, err := io.ReadAll(r)
				if err != want || errors.Is(err, ErrCorrupt) {
					t.Errorf("%v, fails after %d octets: %v, want %v", format, n, err, want)
				}
				r.Close()
			}
		}
	}
}

// panicking is a decoder with a fault.
type panicking struct{ decoder }

func (panicking) Read([]byte) (int, error) { panic("index out of range") }

func TestDecoderPanics(t *testing.T) {
	r := readFor(bytes.NewReader(stored(t, "dovecot.gz")), inGzip, maxOctets(100))
	r.decode = panicking{r.decode}
	for range 2 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d, %v", n, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	for format, whole := range small(t) {
		r := readFor(strings.NewReader(whole.file), format, maxOctets(int64(len(whole.file))))
		if _, err := r.Read(make([]byte, 3)); err != nil {
			t.Errorf("%v: %v", format, err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("%v: %v", format, err)
			}
		}
		if n, err := r.Read(make([]byte, 3)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("%v, read after close: %d, %v", format, n, err)
		}
	}
}

// Decoders are used again, after good files and bad ones, by any goroutine.
func TestManyReaders(t *testing.T) {
	files := small(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				for format, whole := range files {
					if _, err := textOf([]byte(whole.file[:len(whole.file)-3]), format); !errors.Is(err, ErrCorrupt) {
						t.Errorf("%v, cut off: %v", format, err)
					}
					if text, err := textOf([]byte(whole.file), format); text != whole.text || err != nil {
						t.Errorf("%v: %q, %v", format, text, err)
					}
				}
			}
		})
	}
	wait.Wait()
}
