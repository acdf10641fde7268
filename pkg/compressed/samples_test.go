package compressed

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// dovecotText is the text of the files in testdata that Dovecot 2.3.19 wrote.
// It has two chunks of LZ4.
func dovecotText() string {
	var text strings.Builder
	text.WriteString("From: a@example.org\nSubject: long\n\n")
	for i := 1; i <= 3000; i++ {
		fmt.Fprintf(&text, "line %d of a text that is compressed %d\n", i, i*7919%1000)
	}
	return text.String()
}

// dovecotFiles are the files in testdata that Dovecot wrote.
var dovecotFiles = map[string]Format{
	"dovecot.gz": inGzip, "dovecot.bz2": inBzip2, "dovecot.zstd": inZstd, "dovecot.zstd22": inZstd, "dovecot.lz4": inLZ4,
}

// stored returns a file of testdata.
func stored(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pack returns a text in a format that can be written here.
func pack(t testing.TB, format Format, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch format {
	case inGzip:
		w = gzip.NewWriter(&out)
	case inZstd:
		encoder, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		w = encoder
	default:
		return packLZ4(t, text)
	}
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packLZ4 does what Dovecot does.
func packLZ4(t testing.TB, text []byte) []byte {
	t.Helper()
	const chunk = 64 << 10
	out := binary.BigEndian.AppendUint32([]byte(lz4Magic), chunk)
	for len(text) > 0 {
		piece := text[:min(chunk, len(text))]
		text = text[len(piece):]
		block := make([]byte, lz4.CompressBlockBound(len(piece)))
		n, err := lz4.CompressBlock(piece, block, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(binary.BigEndian.AppendUint32(out, uint32(n)), block[:n]...)
	}
	return out
}

// textOf reads the text of a file in memory.
func textOf(data []byte, format Format) (string, error) {
	r := readFor(bytes.NewReader(data), format, maxOctets(int64(len(data))))
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

// small are small files of each format, with their text.
func small(t testing.TB) map[Format]struct{ file, text string } {
	t.Helper()
	const text = "Subject: x\n\nhello, hello, hello\n"
	files := map[Format]struct{ file, text string }{
		inBzip2: {string(stored(t, "two.bz2")), "Subject: x\n\nbody\n"},
	}
	for _, format := range []Format{inGzip, inZstd, inLZ4} {
		files[format] = struct{ file, text string }{string(pack(t, format, []byte(text))), text}
	}
	return files
}
