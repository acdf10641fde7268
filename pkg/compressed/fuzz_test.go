package compressed

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
)

// FuzzReader holds that no file makes a reader fail in another way than it
// says, return more than it may, or depend on how it is read.
func FuzzReader(f *testing.F) {
	for name := range dovecotFiles {
		f.Add(stored(f, name))
	}
	for _, whole := range small(f) {
		f.Add([]byte(whole.file))
		f.Add([]byte(whole.file + whole.file))
		f.Add([]byte(whole.file[:len(whole.file)/2]))
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			f.Add(stored(f, e.Name()))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		format := Recognise(file[:min(len(file), HeadOctets)])
		if format == Plain {
			return
		}
		const most = 1 << 20
		r := readFor(bytes.NewReader(file), format, most)
		text, err := io.ReadAll(r)
		r.Close()
		if len(text) > most {
			t.Fatalf("%d octets", len(text))
		}
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrEncrypted) && !errors.Is(err, ErrUnsupported) {
			t.Fatal(err)
		}
		r = readFor(iotest.HalfReader(bytes.NewReader(file)), format, most)
		again, errAgain := io.ReadAll(iotest.HalfReader(r))
		r.Close()
		if (err == nil) != (errAgain == nil) || err == nil && !bytes.Equal(text, again) {
			t.Fatalf("%d octets, %v; again %d, %v", len(text), err, len(again), errAgain)
		}
	})
}

// FuzzRoundTrip holds that every text comes back, however large its pieces.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("Subject: x\n\nhello\n"), 1)
	f.Add([]byte(""), 0)
	f.Add([]byte("\x00"), 1<<17)
	f.Add([]byte(dovecotText()[:1000]), 300)
	f.Fuzz(func(t *testing.T, text []byte, times int) {
		times = max(0, min(times, 1<<18/(len(text)+1)))
		text = bytes.Repeat(text, times)
		for _, format := range []Format{inGzip, inZstd, inLZ4} {
			file := pack(t, format, text)
			if len(file) == 0 {
				continue // zstd's encoder writes nothing for an empty text
			}
			if got := Recognise(file[:min(len(file), HeadOctets)]); got != format {
				t.Fatalf("%v is recognised as %v", format, got)
			}
			if got, err := textOf(file, format); err != nil || got != string(text) {
				t.Fatalf("%v: %d octets of %d, %v", format, len(got), len(text), err)
			}
		}
	})
}
