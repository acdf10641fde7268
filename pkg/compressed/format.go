package compressed

import "bytes"

// Format is how the text of a file is stored.
type Format uint8

// The formats that other servers leave in mailboxes. The text of the last two
// cannot be had.
const (
	Plain   Format = iota // the file is the text
	inGzip                // RFC 1952
	inBzip2               // as the program bzip2 writes it
	inZstd                // RFC 8878
	inLZ4                 // a header of Dovecot's, and LZ4 blocks
	inXZ                  // old versions of Dovecot wrote it
	inCrypt               // Dovecot's mail_crypt; its text may be compressed as well
)

// HeadOctets is how many octets of a file Recognise needs at most.
const HeadOctets = 15

// formats are the names of the formats, and the octets with which their files
// begin. No mail begins so: the name of a header field is printable ASCII
// (RFC 5322 §2.2), and each of these has octets that are not. Bzip2 is in
// isBzip2.
var formats = [...]struct{ name, magic string }{
	Plain:   {name: "plain"},
	inGzip:  {"gzip", "\x1f\x8b\x08"}, // the third octet is the only method there is
	inBzip2: {name: "bzip2"},
	inZstd:  {"zstd", "\x28\xb5\x2f\xfd"},
	inLZ4:   {"lz4", lz4Magic},
	inXZ:    {"xz", "\xfd7zXZ\x00"},
	inCrypt: {"mail_crypt", "CRYPTED\x03\x07"},
}

// What follows "BZh" and the digit of the block size: a block, or the end of an
// empty file. The first is printable, so that a header field could begin so. But
// at bzip2Origin, after a checksum, is the high octet of a number that no block
// size lets become larger than bzip2MaxOrigin.
const (
	bzip2Block     = "\x31\x41\x59\x26\x53\x59"
	bzip2End       = "\x17\x72\x45\x38\x50\x90"
	bzip2Origin    = 14
	bzip2MaxOrigin = 6
)

// String returns the name of the format, as in Dovecot's settings.
func (f Format) String() string {
	if int(f) >= len(formats) {
		return "unknown"
	}
	return formats[f].name
}

// HasEnd reports whether a file of the format shows where it ends. One that does
// not may have been cut off between two of its parts.
func (f Format) HasEnd() bool { return f != inLZ4 }

// Recognise returns the format of a file by its first octets, of which head has
// HeadOctets, or all if the file is shorter. A file that is cut off within
// these octets is Plain.
func Recognise(head []byte) Format {
	if len(head) == 0 || head[0] > 'D' && head[0] < 0xfd { // nearly all mail
		return Plain
	}
	for f, format := range formats {
		if format.magic != "" && bytes.HasPrefix(head, []byte(format.magic)) {
			return Format(f)
		}
	}
	if isBzip2(head) {
		return inBzip2
	}
	return Plain
}

func isBzip2(head []byte) bool {
	rest, found := bytes.CutPrefix(head, []byte("BZh"))
	if !found || len(rest) == 0 || rest[0] < '1' || rest[0] > '9' {
		return false
	}
	if bytes.HasPrefix(rest[1:], []byte(bzip2End)) {
		return true
	}
	return bytes.HasPrefix(rest[1:], []byte(bzip2Block)) && len(head) > bzip2Origin && head[bzip2Origin] <= bzip2MaxOrigin
}
