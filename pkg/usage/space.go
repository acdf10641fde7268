package usage

import (
	"errors"
	"hash/maphash"
	"io"
	"time"
)

// scan reads the whole file: it finds the records and the free blocks, and removes
// expired records.
func (f *file) scan(now time.Time) error {
	info, err := f.f.Stat()
	if err != nil {
		return err
	}
	f.scanned = time.Time{}
	f.places, f.holes, f.lost, f.pages = map[uint64]uint32{}, [pageBlocks + 1][]uint32{}, 0, 0
	total := min(int((info.Size()+pageSize-1)/pageSize), maxPages)
	page := make([]byte, pageSize)
	for f.pages < total {
		if err := f.scanPage(page, now); err != nil {
			return err
		}
	}
	f.scanned = now
	return nil
}

// scanPage reads the next page, into page.
func (f *file) scanPage(page []byte, now time.Time) error {
	n, err := f.f.ReadAt(page, int64(f.pages)*pageSize)
	if !isEnd(err) {
		return err
	}
	clear(page[n:])
	first := f.nextPage()
	var failed error
	scanPage(page, firstBlock(int(first)), func(c *Client, at, blocks int) {
		place := first + uint32(at)
		if now.Sub(c.Last) > keepTime {
			failed = errors.Join(failed, f.erase(place, blocks))
			return
		}
		f.places[maphash.Comparable(f.seed, c.key())] = place
	}, func(at, blocks int, damaged bool) {
		if damaged {
			f.lost++
		}
		f.free(first+uint32(at), blocks)
	})
	return failed
}

// firstBlock returns where records begin in the page that begins with a block.
func firstBlock(block int) int {
	if block == 0 {
		return 1 // after the header
	}
	return 0
}

// nextPage adds a page, and returns its first block.
func (f *file) nextPage() uint32 {
	f.pages++
	return uint32(f.pages-1) * pageBlocks
}

// erase removes a record.
func (f *file) erase(at uint32, blocks int) error {
	if _, err := f.f.WriteAt(make([]byte, blocks*blockSize), int64(at)*blockSize); err != nil {
		return err
	}
	f.free(at, blocks)
	return nil
}

// free makes blocks of one page available.
func (f *file) free(at uint32, blocks int) { f.holes[blocks] = append(f.holes[blocks], at) }

// allocate returns the first of free blocks of one page. The error is errFull.
func (f *file) allocate(blocks int) (uint32, error) {
	for n := blocks; n <= pageBlocks; n++ {
		last := len(f.holes[n]) - 1
		if last < 0 {
			continue
		}
		at := f.holes[n][last]
		f.holes[n] = f.holes[n][:last]
		if n > blocks {
			f.free(at+uint32(blocks), n-blocks)
		}
		return at, nil
	}
	if f.pages >= maxPages {
		return 0, errFull
	}
	first := f.nextPage()
	start := firstBlock(int(first))
	f.free(first+uint32(start), pageBlocks-start)
	return f.allocate(blocks)
}

// isEnd reports whether a read has succeeded, perhaps with the end of the file.
func isEnd(err error) bool { return err == nil || errors.Is(err, io.EOF) }
