package compressed

import (
	"strings"
	"testing"
)

// Beginnings of files, made by hand from the descriptions of the formats.
var heads = map[string]Format{
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03":     inGzip,
	"\x1f\x8b\x08\xff":                             inGzip,
	"BZh91AY&SY\xaa\xbb\xcc\xdd\x00\x12":           inBzip2,
	"BZh11AY&SY\xaa\xbb\xcc\xdd\x06":               inBzip2,
	"BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00": inBzip2,
	"\x28\xb5\x2f\xfd\x00\x58":                     inZstd,
	"\x28\xb5\x2f\xfd":                             inZstd,
	"Dovecot-LZ4\r\x2a\x9b\xc5\x00\x01\x00\x00":    inLZ4,
	"Dovecot-LZ4\r\x2a\x9b\xc5":                    inLZ4,
	"\xfd7zXZ\x00\x00\x04":                         inXZ,
	"CRYPTED\x03\x07\x02\x00":                      inCrypt,
	"":                                             Plain,
	"B":                                            Plain,
	"BZh":                                          Plain,
	"BZh9":                                         Plain,
	"BZh91AY&SY":                                   Plain,
	"BZh91AY&SY: a header field":                   Plain,
	"BZh91AY&SY-Long-Field: x\n\n":                 Plain,
	"BZh91AY&SY\xaa\xbb\xcc\xdd\x07":               Plain,
	"BZh9: a header field\n":                       Plain,
	"BZh01AY&SY\xaa\xbb\xcc\xdd\x00":               Plain,
	"BZh91AY&SX\xaa\xbb\xcc\xdd\x00":               Plain,
	"BZ091AY&SY\xaa\xbb\xcc\xdd\x00":               Plain,
	"\x1f":                                         Plain,
	"\x1f\x8b":                                     Plain,
	"\x1f\x8b\x07":                                 Plain,
	"\x28\xb5\x2f":                                 Plain,
	"\x50\x2a\x4d\x18\x00\x00\x00\x00":             Plain, // a skippable frame of zstd, which Dovecot does not write
	"CRYPTED":                                      Plain,
	"CRYPTED: no\n\n":                              Plain,
	"CRYPTED\x03":                                  Plain,
	"Dovecot-LZ4: x\n\n":                           Plain,
	"Dovecot-LZ4\r\n\r\nx":                         Plain,
	"\x04\x22\x4d\x18":                             Plain, // the frame of the program lz4
	"(comment)\n\n":                                Plain,
	"\xfd7zXZ":                                     Plain,
	"\xfe\xff":                                     Plain,
	"Return-Path: <a@example.org>\n":               Plain,
	"From x\nSubject: y\n\n":                       Plain,
	"\n\x1f\x8b\x08":                               Plain,
	" BZh91AY&SY\xaa\xbb\xcc\xdd\x00":              Plain,
	"Subject: x\n\nDovecot-LZ4\r\x2a\x9b\xc5\x00\x01\x00\x00": Plain,
}

func TestRecognise(t *testing.T) {
	for head, want := range heads {
		if got := Recognise([]byte(head)[:min(len(head), HeadOctets)]); got != want {
			t.Errorf("%q: %v, want %v", head, got, want)
		}
	}
}

func TestFormatNames(t *testing.T) {
	for f, want := range map[Format]string{Plain: "plain", inGzip: "gzip", inBzip2: "bzip2", inZstd: "zstd", inLZ4: "lz4", inXZ: "xz", inCrypt: "mail_crypt", 99: "unknown"} {
		if got := f.String(); got != want {
			t.Errorf("%d: %q, want %q", f, got, want)
		}
	}
}

// FuzzRecognise holds that what begins as a header field does, which has no
// control characters (RFC 5322 §2.2), is never taken for compressed, and that
// HeadOctets are enough.
func FuzzRecognise(f *testing.F) {
	for head := range heads {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		got := Recognise(head[:min(len(head), HeadOctets)])
		if whole := Recognise(head); whole != got {
			t.Errorf("%q is %v by its first %d octets, and %v by all", head, got, HeadOctets, whole)
		}
		if isField(string(head)) && got != Plain {
			t.Errorf("%q is taken for %v", head, got)
		}
	})
}

// isField reports whether a text begins with a header field.
func isField(text string) bool {
	line, _, _ := strings.Cut(text, "\n")
	name, body, found := strings.Cut(strings.TrimSuffix(line, "\r"), ":")
	isControl := func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
	isOther := func(c rune) bool { return c <= ' ' || c >= 0x7f }
	return found && !strings.ContainsFunc(name, isOther) && !strings.ContainsFunc(body, isControl)
}
