package compressed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestMaxOctets(t *testing.T) {
	for stored, want := range map[int64]int64{
		0: 128 << 20, 1: 128 << 20, 1 << 20: 128 << 20, 2 << 20: 200 << 20, 1 << 40: 100 << 40, math.MaxInt64: math.MaxInt64, math.MaxInt64 / 100: math.MaxInt64 / 100 * 100,
	} {
		if got := maxOctets(stored); got != want {
			t.Errorf("%d: %d, want %d", stored, got, want)
		}
	}
}

// A text may be just as long as the limit.
func TestLimit(t *testing.T) {
	for format, whole := range small(t) {
		for most := range int64(len(whole.text) + 2) {
			for _, piece := range []int{1, 7, 4096} {
				r := readFor(strings.NewReader(whole.file), format, most)
				var text bytes.Buffer
				_, err := io.CopyBuffer(struct{ io.Writer }{&text}, struct{ io.Reader }{r}, make([]byte, piece))
				r.Close()
				fits := most >= int64(len(whole.text))
				if fits && (err != nil || text.String() != whole.text) || !fits && (!errors.Is(err, ErrTooLarge) || text.String() != whole.text[:most]) {
					t.Errorf("%v, at most %d, pieces of %d: %q, %v", format, most, piece, text.String(), err)
				}
			}
		}
	}
}

// bombs are files of some hundred octets whose texts have no end, or nearly so.
func bombs(t testing.TB) map[string]struct {
	file   []byte
	format Format
} {
	t.Helper()
	zeros := make([]byte, 1<<20)
	gz := bytes.Repeat(pack(t, inGzip, zeros), 130)
	// A block of zstd that repeats one octet 128 KiB times has 4 octets.
	block := []byte{2, 0, 0x10, 'x'}
	frame := append([]byte("\x28\xb5\x2f\xfd\x00\x58"), bytes.Repeat(block, 130<<3)...)
	chunk := packLZ4(t, zeros[:64<<10])
	bomb := append(chunk, bytes.Repeat(chunk[len(lz4Magic)+4:], 130<<4)...)
	return map[string]struct {
		file   []byte
		format Format
	}{"gzip": {gz, inGzip}, "bzip2": {stored(t, "zeros.bz2"), inBzip2}, "zstd": {frame, inZstd}, "lz4": {bomb, inLZ4}}
}

// A bomb ends at the limit, and takes no more memory than any file.
func TestBombs(t *testing.T) {
	for name, bomb := range bombs(t) {
		if max := maxOctets(int64(len(bomb.file))); max > 200<<20 {
			t.Fatalf("%s: the file is too large for this test: %d", name, max)
		}
		var octets int64
		taken := allocated(func() {
			r := readFor(bytes.NewReader(bomb.file), bomb.format, 12<<20)
			defer r.Close()
			var err error
			if octets, err = io.Copy(io.Discard, r); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if octets != 12<<20 || taken > 10<<20 {
			t.Errorf("%s: %d octets, %d KiB of memory", name, octets, taken>>10)
		}
	}
}

// allocated returns how much memory f takes, what it gives back included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// zstdFrame returns a file with the window descriptor, and text in raw blocks.
func zstdFrame(descriptor byte, text []byte) []byte {
	const most = 128 << 10
	frame := append([]byte("\x28\xb5\x2f\xfd\x00"), descriptor)
	for {
		piece := text[:min(most, len(text))]
		text = text[len(piece):]
		head := uint32(len(piece)) << 3
		if len(text) == 0 {
			head |= 1 // the last block
		}
		frame = append(binary.LittleEndian.AppendUint32(frame, head)[:len(frame)+3], piece...)
		if len(text) == 0 {
			return frame
		}
	}
}

// What the head of a file claims takes no memory beyond a bound.
func TestHostileHeads(t *testing.T) {
	lz4Head := func(most, length uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte(lz4Magic), most), length)
	}
	for _, test := range []struct {
		name   string
		format Format
		file   []byte
		want   error
		most   uint64 // MiB of memory
	}{
		{"zstd: window of 3.75 TiB", inZstd, zstdFrame(0xff, []byte("x")), nil, 33},
		{"zstd: window of 128 MiB", inZstd, zstdFrame(17<<3, []byte("x")), nil, 33},
		{"zstd: window of 8 MiB", inZstd, zstdFrame(13<<3, []byte("x")), nil, 9},
		{"zstd: second frame with a large window", inZstd, append(zstdFrame(13<<3, []byte("x")), zstdFrame(17<<3, []byte("x"))...), ErrTooLarge, 9},
		{"zstd: segment of 2^63 octets", inZstd, []byte("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00"), ErrTooLarge, 1},
		{"zstd: segment of 33 MiB", inZstd, []byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x10\x02\x01\x00\x00"), ErrTooLarge, 1},
		{"zstd: segment of 16 MiB, and nothing", inZstd, []byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x01\x01\x00\x00"), ErrCorrupt, 17},
		{"lz4: chunks of 4 GiB", inLZ4, lz4Head(math.MaxUint32, 1), ErrTooLarge, 1},
		{"lz4: chunks of 1 MiB and an octet", inLZ4, lz4Head(1<<20+1, 1), ErrTooLarge, 1},
		{"lz4: a block of 4 GiB", inLZ4, lz4Head(1<<16, math.MaxUint32), ErrCorrupt, 1},
		{"lz4: largest chunks and block", inLZ4, lz4Head(1<<20, 1<<20), ErrCorrupt, 3},
		{"lz4: a block of no octets", inLZ4, lz4Head(1<<16, 0), ErrCorrupt, 1},
		{"lz4: a chunk of no octets", inLZ4, append(lz4Head(1<<16, 1), 0), ErrCorrupt, 1},
		{"lz4: chunks of no octets", inLZ4, append(lz4Head(0, 2), 0x10, 'x'), ErrCorrupt, 1},
		{"gzip: a name without an end", inGzip, append([]byte("\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03"), bytes.Repeat([]byte("x"), 4<<20)...), ErrCorrupt, 1},
		{"gzip: a checksum of the head that is wrong", inGzip, []byte("\x1f\x8b\x08\x02\x00\x00\x00\x00\x00\x03\xff\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"), ErrCorrupt, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var err error
			taken := allocated(func() { _, err = textOf(test.file, test.format) })
			if test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if taken > test.most<<20 {
				t.Errorf("%d KiB of memory", taken>>10)
			}
		})
	}
}

// A file with a window above the limit is read as long as its text fits into
// that, however it refers to what came before.
func TestLargeWindow(t *testing.T) {
	fits := bytes.Repeat([]byte("0123456\n"), largeWindow/8)
	more := append(fits, 'x')
	for _, test := range []struct {
		name       string
		descriptor byte
		file, want []byte
		err        error
	}{
		{"128 MiB", 17 << 3, fits, fits, nil},
		{"128 MiB, longer text", 17 << 3, more, fits, ErrTooLarge},
		{"32 MiB, longer text", 15 << 3, more, more, nil},
	} {
		file := zstdFrame(test.descriptor, test.file)
		r := readFor(bytes.NewReader(file), inZstd, maxOctets(int64(len(file))))
		sum := crc32.NewIEEE()
		n, err := io.Copy(sum, r)
		if n != int64(len(test.want)) || sum.Sum32() != crc32.ChecksumIEEE(test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: %d octets, %v", test.name, n, err)
		}
		r.Close()
	}
}

// To read a small message takes little memory once decoders are there.
func TestReadAllocates(t *testing.T) {
	for format, most := range map[Format]uint64{inGzip: 4 << 10, inZstd: 4 << 10, inLZ4: 4 << 10, inBzip2: 4 << 20} {
		file := []byte(small(t)[format].file)
		buf := make([]byte, 1<<10)
		read := func() {
			r := readFor(bytes.NewReader(file), format, maxOctets(int64(len(file))))
			for {
				if _, err := r.Read(buf); err != nil {
					break
				}
			}
			r.Close()
		}
		least := uint64(math.MaxUint64)
		for range 20 { // The collector may empty the pools at any time.
			least = min(least, allocated(read))
		}
		if least > most {
			t.Errorf("%v: %d octets of memory", format, least)
		}
	}
}
