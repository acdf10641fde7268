package maildir

import "time"

// fileTime is a time of a file. A cache keeps several for each mailbox, so it has 12
// octets; a time.Time has 24.
type fileTime struct {
	high, low   uint32 // of the seconds
	nanoseconds uint32
}

// newFileTime returns the time that the kernel reports in two numbers.
func newFileTime(seconds, nanoseconds int64) fileTime {
	return fileTime{uint32(uint64(seconds) >> 32), uint32(seconds), uint32(nanoseconds)}
}

// seconds returns the seconds since 1970.
func (t fileTime) seconds() int64 { return int64(uint64(t.high)<<32 | uint64(t.low)) }

// time returns the time.
func (t fileTime) time() time.Time { return time.Unix(t.seconds(), int64(t.nanoseconds)) }
