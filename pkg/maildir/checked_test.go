package maildir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"tpops/pkg/pop3"
)

// A file that is measured is recognized as compressed also if the first read
// returns only a part of the signature.
func TestCheckedReader(t *testing.T) {
	const bzip = "BZh91AY&SY\x00\x00\x00\x00\x00 and more"
	tests := map[string]struct {
		text string
		want error
	}{
		"compressed":      {bzip, errNotPlain},
		"text":            {"From: ann\n\ntext\n", nil},
		"short":           {"BZ", nil},
		"empty":           {"", nil},
		"compressed late": {"\n" + bzip, nil},
	}
	for name, tt := range tests {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r },
			"octets":  iotest.OneByteReader,
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "1.a")
				if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
					t.Fatal(err)
				}
				file, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				text := &messageReader{file: io.NopCloser(wrap(file)), left: int64(len(tt.text))}
				_, err = pop3.WireOctets(&checkedReader{messageReader: text, fd: int(file.Fd())})
				if !errors.Is(err, tt.want) {
					t.Errorf("WireOctets() = %v, want %v", err, tt.want)
				}
			})
		}
	}
}
