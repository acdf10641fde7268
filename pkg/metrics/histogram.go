package metrics

import (
	"math/bits"
	"time"
)

// Durations are counted in buckets: four for each power of two of microseconds, so that
// a percentile is at most a quarter off. The last bucket has all above eight hours.
const (
	perOctave = 4
	octaves   = 33
	buckets   = (octaves + 1) * perOctave
)

// bucketOf returns the bucket of a duration.
func bucketOf(d time.Duration) int {
	us := uint64(max(d, 0) / time.Microsecond)
	if us < perOctave {
		return int(us)
	}
	octave := bits.Len64(us) - 2 // 1 for 4 to 7 microseconds
	return min(octave*perOctave+int(us>>(octave-1))%perOctave, buckets-1)
}

// lowest returns the shortest duration of a bucket.
func lowest(bucket int) time.Duration {
	if bucket < perOctave {
		return time.Duration(bucket) * time.Microsecond
	}
	octave := bucket / perOctave
	return time.Duration(perOctave+bucket%perOctave) << (octave - 1) * time.Microsecond
}

// Histogram is the distribution of durations.
type Histogram struct {
	Count uint64
	Sum   time.Duration
	// counts has the number of samples of each bucket.
	counts []uint64
}

// newHistogram returns the histogram of the words of a span.
func newHistogram(words []uint64) Histogram {
	h := Histogram{Sum: time.Duration(words[buckets]), counts: words[:buckets]}
	for _, n := range h.counts {
		h.Count += n
	}
	return h
}

// Quantile returns the duration that a share of the samples does not exceed, such as 0.5
// for the median, 0 without samples.
func (h *Histogram) Quantile(share float64) time.Duration {
	rank, seen := share*float64(h.Count), 0.0
	for i, n := range h.counts {
		if n == 0 {
			continue
		}
		if seen+float64(n) >= rank {
			low := lowest(i)
			return low + time.Duration(float64(lowest(i+1)-low)*(rank-seen)/float64(n))
		}
		seen += float64(n)
	}
	return 0
}
