package maildir

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// encodings are what other servers may have made of a message, by the octets
// with which its file begins. No mail begins so: the name of a header field is
// printable ASCII, and each of these has octets that are not.
var encodings = [...]struct{ name, magic string }{
	{"compressed (gz)", "\x1f\x8b\x08"},
	{"compressed (zstd)", "\x28\xb5\x2f\xfd"},
	{"compressed (xz)", "\xfd7zXZ\x00"},
	{"compressed (lz4)", "Dovecot-LZ4\x0d\x2a\x9b\xc5"},
	{"encrypted (mail_crypt)", "CRYPTED\x03\x07"},
}

// What follows "BZh" and the digit of the block size: a block, or the end of an
// empty file. The first is printable, so that a header field could begin so. But
// at bzip2Origin, behind a checksum, is the high octet of a number that no block
// size lets become larger than bzip2MaxOrigin.
const (
	bzip2Block     = "\x31\x41\x59\x26\x53\x59"
	bzip2End       = "\x17\x72\x45\x38\x50\x90"
	bzip2Origin    = 14
	bzip2MaxOrigin = 6
)

// maxMagic is the length of the longest of these.
const maxMagic = 15

// encoding returns how the text of an open file is encoded, "" if it is not.
// The position in the file stays.
func encoding(fd int) (string, error) {
	var head [maxMagic]byte
	var n int
	err := retry(func() (err error) {
		n, err = unix.Pread(fd, head[:], 0)
		return err
	})
	if err != nil {
		return "", err
	}
	return encodingOf(head[:n]), nil
}

func encodingOf(head []byte) string {
	for _, e := range encodings {
		if bytes.HasPrefix(head, []byte(e.magic)) {
			return e.name
		}
	}
	if isBzip2(head) {
		return "compressed (bz2)"
	}
	return ""
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
