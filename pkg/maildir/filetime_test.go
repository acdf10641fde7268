package maildir

import (
	"math"
	"testing"
	"time"
	"unsafe"
)

// A time of a file has 12 octets, and is what the kernel has reported, also before 1970 and
// in a far future, which any program can set.
func TestFileTime(t *testing.T) {
	for _, seconds := range []int64{0, 1, -1, 1 << 31, 1<<32 - 1, 1 << 32, -1 << 33, 1 << 40, math.MinInt64, math.MaxInt64} {
		got := newFileTime(seconds, 999_999_999)
		if got.seconds() != seconds || got.time() != time.Unix(seconds, 999_999_999) {
			t.Errorf("%d seconds: %+v, %d seconds, %v", seconds, got, got.seconds(), got.time())
		}
	}
	if newFileTime(1<<32, 0) == newFileTime(0, 0) || newFileTime(0, 1) == newFileTime(0, 0) {
		t.Error("different times are equal")
	}
	if size := unsafe.Sizeof(fileTime{}); size != 12 {
		t.Errorf("%d octets", size)
	}
}
