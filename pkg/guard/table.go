package guard

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	ways    = 8    // entries of a bucket
	buckets = 4096 // of a table
)

// table is a table of scores that are forgotten with time. It never grows:
// where a bucket is full, the entry with the lowest score gives way, so that
// a client with ever new addresses displaces entries like its own, and none
// with many failures.
type table [buckets][ways]entry

// entry is a word: 22 bits of the key, 26 bits of time in seconds, and the
// score it had then in 1/256. 0 is none.
type entry struct{ atomic.Uint64 }

const (
	scoreBits = 16
	timeBits  = 26
	scoreOne  = 256
	maxScore  = math.MaxUint16 / scoreOne
	maxTime   = 1<<timeBits - 1
)

// seconds returns the time as a table counts it. It is two years until it
// begins anew, which at worst revives what had long been forgotten.
func (m *Memory) seconds() uint64 { return uint64(m.now().Unix()-m.header.begun) & maxTime }

// clock is the present, and how fast a table forgets: in halfLife a score
// becomes half of what it was.
type clock struct {
	now      uint64 // of seconds
	halfLife time.Duration
}

func pack(tag, now uint64, score float64) uint64 {
	fixed := uint64(min(score, maxScore) * scoreOne)
	if fixed == 0 {
		return 0
	}
	return tag<<(timeBits+scoreBits) | now<<scoreBits | fixed
}

func tagOf(key uint64) uint64 { return key >> (timeBits + scoreBits) }

// score returns what is left of a word's score. A clock that was set back makes
// nothing younger.
func (c clock) score(word uint64) float64 {
	score := float64(word&(1<<scoreBits-1)) / scoreOne
	elapsed := (c.now - word>>scoreBits) & maxTime
	if elapsed > maxTime/2 {
		elapsed = 0
	}
	return score * math.Exp2(-float64(elapsed)/c.halfLife.Seconds())
}

func (t *table) bucket(key uint64) *[ways]entry { return &t[key%buckets] }

// score returns the score of a key, 0 for one that is not known.
func (t *table) score(key uint64, c clock) float64 {
	score := 0.0
	bucket := t.bucket(key)
	for i := range bucket {
		if word := bucket[i].Load(); word != 0 && tagOf(word) == tagOf(key) {
			score = max(score, c.score(word))
		}
	}
	return score
}

// patience is how often a change is tried against others of the same bucket.
// More than this at once are so many that one does not count.
const patience = 64

// change gives a key the score that f makes of the one it has. A score of next
// to nothing is forgotten.
func (t *table) change(key uint64, c clock, f func(float64) float64) {
	bucket := t.bucket(key)
	for range patience {
		i, before := find(bucket, tagOf(key), c)
		score := 0.0
		if tagOf(before) == tagOf(key) {
			score = c.score(before)
		}
		after := pack(tagOf(key), c.now, f(score))
		if before == after || after == 0 && tagOf(before) != tagOf(key) || bucket[i].CompareAndSwap(before, after) {
			return
		}
	}
}

// find returns the entry with this tag, or else the one that gives way to it.
func find(bucket *[ways]entry, tag uint64, c clock) (int, uint64) {
	least, at, word := math.Inf(1), 0, uint64(0)
	for i := range bucket {
		w := bucket[i].Load()
		if w != 0 && tagOf(w) == tag {
			return i, w
		}
		if score := c.score(w); score < least {
			least, at, word = score, i, w
		}
	}
	return at, word
}

// clear forgets all.
func (t *table) clear() {
	for b := range t {
		for w := range t[b] {
			t[b][w].Store(0)
		}
	}
}

// age returns how long ago the score of a key was changed; for ever, if it is
// not known.
func (t *table) age(key uint64, c clock) time.Duration {
	bucket := t.bucket(key)
	for i := range bucket {
		if word := bucket[i].Load(); word != 0 && tagOf(word) == tagOf(key) {
			return time.Duration((c.now-word>>scoreBits)&maxTime) * time.Second
		}
	}
	return math.MaxInt64
}
