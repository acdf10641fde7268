package maildir

import (
	"errors"
	"os"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// Beginnings of files, made by hand from the descriptions of the formats.
// test.TestEncodedMail has Dovecot write real ones.
var encodedHeads = map[string]string{
	"gz":         "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
	"bz2":        "BZh91AY&SY\xaa\xbb\xcc\xdd\x00\x12",
	"bz2, empty": "BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00",
	"zstd":       "\x28\xb5\x2f\xfd\x00\x58",
	"xz":         "\xfd7zXZ\x00\x00\x04",
	"lz4":        "Dovecot-LZ4\r\x2a\x9b\xc5\x00\x01\x00\x00",
	"mail_crypt": "CRYPTED\x03\x07\x02\x00",
}

func TestEncoded(t *testing.T) {
	for name, head := range encodedHeads {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			deliver(t, dir, "cur/1.a,S=900,W=930:2,", head)
			deliver(t, dir, "cur/2.b,S=900:2,", head)
			deliver(t, dir, "cur/3.c:2,", head)
			deliver(t, dir, "cur/4.d:2,", "Subject: x\n\n")
			log, text := logger()
			m := open(t, dir, Options{Log: log})
			for n, octets := range []int64{930, 900, int64(len(head)), 14} {
				if got := m.Listing().Message(n + 1).Octets; got != octets {
					t.Errorf("message %d: %d octets, want %d", n+1, got, octets)
				}
			}
			checkOpenFiles(t, func() {
				for n := 1; n <= 3; n++ {
					r, err := m.Open(t.Context(), n)
					if r != nil || !errors.Is(err, pop3.ErrEncoded) || errors.Is(err, pop3.ErrNoMessage) {
						t.Errorf("message %d: %v", n, err)
					}
				}
			})
			if got := read(t, m, 4); got != "Subject: x\n\n" {
				t.Errorf("message 4: %q", got)
			}
			if text.Len() > 0 {
				t.Errorf("log: %q", text)
			}
			update(t, m, mark([]int{1}, nil)) // The session has decided.
			wantFiles(t, dir, "cur/2.b,S=900:2,", "cur/3.c:2,", "cur/4.d:2,")
		})
	}
}

// No mail is taken for an encoded one, however much it looks like it.
func TestNotEncoded(t *testing.T) {
	texts := []string{
		"", "B", "BZh", "BZh9", "BZh91AY&SY: x\n\n", "BZh91AY&SY-Long-Field: x\n\n", "BZh9: a header field\n\nx\n", "BZh91AY: x\n\n", "BZh01AY&SY", "BZh91AY&SX: x\n\n",
		"\x1f", "\x1f\x8b", "CRYPTED", "CRYPTED: no\n\n", "CRYPTED\x03", "Dovecot-LZ4: x\n\n", "Dovecot-LZ4\r\n\r\nx",
		"(comment)\n\n", "\xfd7zXZ", "From x\nSubject: y\n\n", "\n\x1f\x8b\x08", " BZh91AY&SY",
	}
	for _, head := range encodedHeads {
		texts = append(texts, "Subject: x\n\n"+head)
	}
	for _, text := range texts {
		dir := newMaildir(t)
		deliver(t, dir, "new/1.a", text)
		if got := read(t, open(t, dir, Options{}), 1); got != text {
			t.Errorf("%q is served as %q", text, got)
		}
	}
}

// FuzzEncoding holds that what begins as a header does is never refused.
func FuzzEncoding(f *testing.F) {
	for _, head := range encodedHeads {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		name, _, isField := strings.Cut(string(head), ":")
		for _, c := range []byte(name) {
			isField = isField && c > ' ' && c < 0x7f
		}
		if isField && encodingOf(head[:min(len(head), maxMagic)]) != "" {
			t.Errorf("%q is taken for encoded", head)
		}
	})
}

func TestEncodingKeepsPosition(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "new/1.a", "text")
	file, err := os.Open(dir + "/new/1.a")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if how, err := encoding(int(file.Fd())); how != "" || err != nil {
		t.Errorf("%q, %v", how, err)
	}
	if at, err := file.Seek(0, 1); at != 0 || err != nil {
		t.Errorf("at %d, %v", at, err)
	}
}
