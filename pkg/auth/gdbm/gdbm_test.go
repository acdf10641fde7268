package gdbm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// all returns what a file holds.
func all(content []byte) (map[string]string, error) {
	records := map[string]string{}
	err := Each(bytes.NewReader(content), int64(len(content)), func(key, value []byte) {
		records[string(key)] = string(value)
	})
	return records, err
}

// The file in testdata was made by Perl's NDBM_File on x86-64, with gdbm 1.23.
func TestReadsNDBM(t *testing.T) {
	content, err := os.ReadFile("testdata/ndbm.pag")
	if err != nil {
		t.Fatal(err)
	}
	got, err := all(content)
	want := map[string]string{
		"mrose": "tanstaaf", "bob": "two words", "caf\xe9": "p\xe4ss", "nul\x00": "secret\x00", "al ice": "x",
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// What a program of others makes of many records, with a directory that grew
// and records that were deleted.
func TestReadsMany(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil || exec.Command(perl, "-MNDBM_File", "-e", "1").Run() != nil {
		t.Skip("perl with NDBM_File is not installed")
	}
	base := filepath.Join(t.TempDir(), "many")
	const script = `use NDBM_File; use Fcntl; tie(%h, "NDBM_File", $ARGV[0], O_RDWR|O_CREAT, 0600) or die $!;
		$h{"user$_"} = "password$_" for 0..1999; delete $h{"user$_"} for 100..199; untie %h;`
	if out, err := exec.Command(perl, "-e", script, base).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(base + ".pag")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for i := range 2000 {
		if i < 100 || i > 199 {
			want[fmt.Sprintf("user%d", i)] = fmt.Sprintf("password%d", i)
		}
	}
	if got, err := all(content); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %d records, %v", len(got), err)
	}
}

// machines are those whose files we read.
func machines() map[string]builder {
	made := map[string]builder{}
	for i, l := range layouts {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for j, magic := range magics {
				char := signed
				if j%2 == 1 {
					char = unsigned
				}
				made[fmt.Sprintf("layout %d, %v, %x", i, order, magic)] = builder{l, order, char, magic, int64(j)}
			}
		}
	}
	return made
}

func TestMachines(t *testing.T) {
	want := map[string]string{"mrose": "tanstaaf", "caf\xe9": "p\xe4ss", "": "empty", "none": ""}
	for i := range 20 {
		want[fmt.Sprintf("user%d", i)] = fmt.Sprint(i)
	}
	for name, b := range machines() {
		t.Run(name, func(t *testing.T) {
			if got, err := all(b.build(want)); err != nil || !maps.Equal(got, want) {
				t.Errorf("got %q, %v", got, err)
			}
			if got, err := all(b.build(nil)); err != nil || len(got) != 0 {
				t.Errorf("of an empty file: %q, %v", got, err)
			}
		})
	}
}

// GDBM itself reads what the builder makes, so that both mean the same format.
func TestBuilderIsRight(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil || exec.Command(perl, "-MGDBM_File", "-e", "1").Run() != nil {
		t.Skip("perl with GDBM_File is not installed")
	}
	b := builder{layouts[0], binary.NativeEndian, signed, 0x13579acf, 7} // the least that it takes for blocks of this size
	file := filepath.Join(t.TempDir(), "built")
	content := b.build(map[string]string{"mrose": "tanstaaf", "bob": "two words"})
	// GDBM wants what is beyond the last block to be in a block too, and the
	// place where the next one begins.
	content = append(content, make([]byte, buildBlock-len(content)%buildBlock)...)
	b.putOffset(content[32:], int64(len(content)))
	b.order.PutUint32(content[40:], (buildBlock-56)/16)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `use GDBM_File; tie(%h, "GDBM_File", $ARGV[0], &GDBM_READER, 0600) or die "$! $GDBM_File::gdbm_errno";
		print "$h{mrose},$h{bob},", scalar(keys %h)`
	out, err := exec.Command(perl, "-e", script, file).CombinedOutput()
	if err != nil || string(out) != "tanstaaf,two words,2" {
		t.Errorf("%v: %q", err, out)
	}
}

func TestIsMagic(t *testing.T) {
	for start, want := range map[string]bool{
		"\xcf\x9a\x57\x13": true, "\x13\x57\x9a\xcd": true, "\xcf\x9a\x57": false, "": false, "GDBM": false,
	} {
		if IsMagic([]byte(start)) != want {
			t.Errorf("%q: not %v", start, want)
		}
	}
}

// Each change of one number in a good file is noticed, or changes nothing.
func TestDamaged(t *testing.T) {
	b := builder{layouts[0], binary.LittleEndian, signed, 0x13579acf, 1}
	good := b.build(map[string]string{"mrose": "tanstaaf", "bob": "two words"})
	bucket := buildBlock + 16 // the first of two
	tests := []struct {
		name   string
		change func(file []byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"only a magic", func(f []byte) []byte { return f[:4] }},
		{"header only", func(f []byte) []byte { return f[:headerSize] }},
		{"cut in the directory", func(f []byte) []byte { return f[:buildBlock+8] }},
		{"cut in a bucket", func(f []byte) []byte { return f[:bucket+100] }},
		{"cut in the last record", func(f []byte) []byte { return f[:len(f)-1] }},
		{"another magic", func(f []byte) []byte { f[0] = 0; return f }},
		{"directory beyond the end", put(8, 1<<40)},
		{"directory in the header", put(8, 8)},
		{"negative directory", put(8, 1<<63)},
		{"directory of another size", put(16, 1|1<<32)},
		{"too many bits", put(16, 1<<62|63<<32)},
		{"huge bucket", put(24, 1<<31|5<<32)},
		{"other number of elements", put(24, buildBlock|5<<32)},
		{"one bucket twice", put(buildBlock+8, buildBlock+16)},
		{"bucket beyond the end", put(buildBlock, 1<<40)},
		{"buckets changed about", func(f []byte) []byte {
			return put(buildBlock+8, uint64(bucket))(put(buildBlock, uint64(bucket+buildBlock))(f))
		}},
		{"bits of a bucket", func(f []byte) []byte { f[bucket+104] = 7; return f }},
		{"count of a bucket", func(f []byte) []byte { f[bucket+108]++; return f }},
		{"key changed", func(f []byte) []byte { return bytes.Replace(f, []byte("mrosetan"), []byte("mroxetan"), 1) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := all(test.change(bytes.Clone(good))); !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// put changes the 8 octets at an offset.
func put(offset int, value uint64) func([]byte) []byte {
	return func(file []byte) []byte {
		binary.LittleEndian.PutUint64(file[offset:], value)
		return file
	}
}

// A small file cannot name one long record again and again.
func TestOverlap(t *testing.T) {
	b := builder{layouts[0], binary.LittleEndian, signed, 0x13579acf, 0}
	file := b.build(map[string]string{"a": string(make([]byte, 1000))})
	first := int64(buildBlock + 8)
	l := b.layout
	count := uint32(0)
	var used []byte
	for e := range (buildBlock - l.bucketHead) / l.element {
		if element := file[first+l.bucketHead+e*l.element:][:l.element]; b.order.Uint32(element) != noHash {
			used = bytes.Clone(element)
		}
	}
	for e := range (buildBlock - l.bucketHead) / l.element {
		copy(file[first+l.bucketHead+e*l.element:], used)
		count++
	}
	b.order.PutUint32(file[first+l.bucketHead-4:], count)
	if _, err := all(file); !errors.Is(err, ErrDamaged) {
		t.Errorf("error %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	if err := Each(nil, maxFile+1, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("error %v", err)
	}
}

// Whatever a file holds, reading it ends, and what it gives is no more than
// there is in it.
func FuzzEach(f *testing.F) {
	content, err := os.ReadFile("testdata/ndbm.pag")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	for _, b := range machines() {
		f.Add(b.build(map[string]string{"mrose": "tanstaaf", "bob": "two words"}))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		total := 0
		err := Each(bytes.NewReader(content), int64(len(content)), func(key, value []byte) { total += len(key) + len(value) })
		if total > len(content) {
			t.Errorf("%d octets from a file of %d", total, len(content))
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	})
}
