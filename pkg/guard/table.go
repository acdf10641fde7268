package guard

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	bucketSize = 8    // entries of a bucket
	buckets    = 4096 // of a table
)

// table contains scores that decay with time. It never grows: in a full bucket a
// new entry replaces the one with the lowest score. So a client with ever new
// addresses replaces entries like its own, and none with many failures.
type table [buckets][bucketSize]entry

// entry is a word: 22 bits of the key, 26 bits of time in seconds, and the score at
// that time in units of 1/256. 0 is an empty entry.
type entry struct{ atomic.Uint64 }

const (
	scoreBits = 16
	timeBits  = 26
	scoreOne  = 256
	maxScore  = math.MaxUint16 / scoreOne
	maxTime   = 1<<timeBits - 1
)

// clock is the current time, and how fast the scores of a table decay: within
// halfLife a score is halved.
type clock struct {
	now      uint64 // see seconds
	halfLife time.Duration
}

// pack returns the word of an entry. It is 0 for a score that is too small.
func pack(tag, now uint64, score float64) uint64 {
	fixed := uint64(min(score, maxScore) * scoreOne)
	if fixed == 0 {
		return 0
	}
	return tag<<(timeBits+scoreBits) | now<<scoreBits | fixed
}

func tagOf(key uint64) uint64 { return key >> (timeBits + scoreBits) }

// maxSetBack is by how much a clock may be set back, in seconds. Anything longer is taken
// for the time since a change that was about two years ago.
const maxSetBack = 30 * 24 * 60 * 60

// score returns the score of a word after its decay. A clock that was set back
// does not undo it.
func (c clock) score(word uint64) float64 {
	score := float64(word&(1<<scoreBits-1)) / scoreOne
	elapsed := (c.now - word>>scoreBits) & maxTime
	if elapsed > maxTime-maxSetBack {
		elapsed = 0
	}
	return score * math.Exp2(-float64(elapsed)/c.halfLife.Seconds())
}

func (t *table) bucket(key uint64) *[bucketSize]entry { return &t[key%buckets] }

// score returns the score of a key, 0 if it is not in the table.
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

// maxTries is how often a change is tried while others change the same bucket. With
// so many changes at once the loss of one does not matter.
const maxTries = 64

// change gives a key the score that f returns for its current one. A score close to
// 0 removes the entry.
func (t *table) change(key uint64, c clock, f func(float64) float64) {
	bucket := t.bucket(key)
	for range maxTries {
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

// find returns the entry with this tag, or otherwise the entry to replace.
func find(bucket *[bucketSize]entry, tag uint64, c clock) (int, uint64) {
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

// fail counts a failed login.
func (t *table) fail(key uint64, c clock) {
	t.change(key, c, func(score float64) float64 { return min(score+1, maxFailures) })
}

// halve halves the failures of a key.
func (t *table) halve(key uint64, c clock) {
	t.change(key, c, func(score float64) float64 { return score / 2 })
}

// set gives a key the score 1.
func (t *table) set(key uint64, c clock) {
	t.change(key, c, func(float64) float64 { return 1 })
}

// clear removes all entries.
func (t *table) clear() {
	for b := range t {
		for w := range t[b] {
			t[b][w].Store(0)
		}
	}
}

// age returns how long ago the score of a key was changed, or the longest duration
// if the key is not in the table.
func (t *table) age(key uint64, c clock) time.Duration {
	bucket := t.bucket(key)
	for i := range bucket {
		if word := bucket[i].Load(); word != 0 && tagOf(word) == tagOf(key) {
			return time.Duration((c.now-word>>scoreBits)&maxTime) * time.Second
		}
	}
	return math.MaxInt64
}
