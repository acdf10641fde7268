package maildir

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// encodedText is what the files of encodedFiles decode to.
var encodedText = "Subject: x\n\n" + strings.Repeat("body\n", 20)

// encodedOctets is its size on the wire.
var encodedOctets = int64(len(encodedText) + strings.Count(encodedText, "\n"))

// bzip2Text is encodedText as the program bzip2 writes it.
const bzip2Text = "BZh91AY&SY\x8bE\xa9\xd4\x00\x00\x0c[\x80\x00\x10@\x00\x00\x10\x08\x00\x1e\x10\x86` \x001\x00\x00\x04\x94\x00<\xa3\x80\x8a\xdd\xd6P\x11\xe8\x08\x9eB\x1bp\x11\xf1w$S\x85\t\x08\xb4Z\x9d@"

// encodedFiles returns a file in each format that can be decoded.
func encodedFiles(t testing.TB) map[string]string {
	t.Helper()
	var gz, zst bytes.Buffer
	encoder, err := zstd.NewWriter(&zst, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gzip.NewWriter(&gz), encoder} {
		_, err := io.WriteString(w, encodedText)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]string{"gz": gz.String(), "zstd": zst.String(), "bz2": bzip2Text, "lz4": lz4File(t, encodedText)}
}

// lz4File returns texts as Dovecot stores them with LZ4, each in a chunk.
func lz4File(t testing.TB, chunks ...string) string {
	t.Helper()
	file := []byte("Dovecot-LZ4\x0d\x2a\x9b\xc5\x00\x01\x00\x00")
	for _, text := range chunks {
		block := make([]byte, lz4.CompressBlockBound(len(text)))
		n, err := lz4.CompressBlock([]byte(text), block, nil)
		if err != nil {
			t.Fatal(err)
		}
		file = append(binary.BigEndian.AppendUint32(file, uint32(n)), block[:n]...)
	}
	return string(file)
}

// unreadableFiles returns files whose text cannot be had.
func unreadableFiles(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{
		"mail_crypt":                  "CRYPTED\x03\x07\x02\x00 and what follows",
		"xz":                          "\xfd7zXZ\x00\x00\x04 and what follows",
		"no gz":                       "\x1f\x8b\x08 and what follows",
		"lz4, large chunks":           "Dovecot-LZ4\x0d\x2a\x9b\xc5\xff\xff\xff\xff",
		"lz4, cut off between chunks": lz4File(t, encodedText[:30]),
	}
	for format, file := range encodedFiles(t) {
		files[format+", cut off"] = file[:len(file)-1]
		files[format+", followed by zeros"] = file + strings.Repeat("\x00", 100)
	}
	return files
}

// damage changes an octet of a file that is long enough, and keeps its times
// and its size.
func damage(t testing.TB, path string) {
	t.Helper()
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-6] ^= 0xff // in the checksum, or the last block
	if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chtimes(path, time.Time{}, stat.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// fileIn returns the path of a message file.
func fileIn(dir, name string) string { return filepath.Join(dir, name) }
