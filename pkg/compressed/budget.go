package compressed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrBusy means that so many files are being decoded that no memory became free in time.
var ErrBusy = errors.New("too many compressed messages are being read at once")

// What all decoders of the process may hold: maxMemory octets, or half of the limit of
// the process if that is less, but always enough for a large file.
const (
	maxMemory = 1 << 30
	minMemory = 64 << 20
	maxWait   = 10 * time.Second // for memory that others hold
)

// What a decoder holds at most, in octets. Zstandard needs its window and some tables.
const (
	gzipMemory  = 128 << 10
	bzip2Memory = 4 << 20
	lz4Memory   = 2*maxChunk + 64<<10
	zstdTables  = 3 << 20
)

// budget is the memory that decoders share. Goroutines may share it. A goroutine that
// holds some must not wait for more: each has one Reader at a time.
type budget struct {
	memory *semaphore.Weighted
	wait   time.Duration
	shares shares
}

func newBudget(octets int64) *budget {
	return &budget{semaphore.NewWeighted(octets), maxWait, shares{most: shareOf(octets)}}
}

// shared is the budget of the process. It is made when the first file is decoded, after
// the limit of the process was set.
var shared = sync.OnceValue(func() *budget { return newBudget(sharedMemory(debug.SetMemoryLimit(-1))) })

// sharedMemory returns the budget under a limit of the process, math.MaxInt64 for none.
func sharedMemory(limit int64) int64 {
	if limit == math.MaxInt64 {
		return maxMemory
	}
	return min(maxMemory, max(minMemory, limit/2))
}

// memoryOf returns how many octets the decoder of a file may hold.
func memoryOf(format Format, from *source) int64 {
	switch format {
	case inGzip:
		return gzipMemory
	case inBzip2:
		return bzip2Memory
	case inLZ4:
		return lz4Memory
	case inZstd:
		if windowOf(from) > maxWindow {
			return largeWindow + zstdTables
		}
		return maxWindow + zstdTables // A later frame may have more than the first.
	}
	return 0
}

// open returns a Reader once there is memory for it. See NewReader.
func (b *budget) open(ctx context.Context, from io.Reader, format Format, most int64) (*Reader, error) {
	s := takeSource(from)
	free, err := b.take(ctx, memoryOf(format, s))
	if err != nil {
		giveSource(s)
		return nil, err
	}
	r := readSource(s, format, most)
	r.free = free
	return r, nil
}

// take waits for memory, and returns how to give it back. The error wraps ErrBusy, or is
// that of ctx.
func (b *budget) take(ctx context.Context, octets int64) (free func(), err error) {
	limited, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	giveShare, err := b.shares.take(limited, octets)
	if err == nil {
		if err = b.memory.Acquire(limited, octets); err == nil {
			return func() { b.memory.Release(octets); giveShare() }, nil
		}
		giveShare()
	}
	if ctx.Err() == nil {
		err = fmt.Errorf("%w: no memory in %v", ErrBusy, b.wait)
	}
	return nil, err
}
