package maildir

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tpops/pkg/pop3"
)

// largeMaildir returns a Maildir with enough messages for helpers: most are ordinary,
// some are compressed, damaged, unreadable, double, or not a file.
func largeMaildir(t *testing.T) string {
	dir := newMaildir(t)
	gz := encodedFiles(t)["gz"]
	for i := range 2 * leastAhead {
		name, text := fmt.Sprintf("cur/%05d.a:2,", i), strings.Repeat("line\n", i%7)
		switch i % 100 {
		case 1:
			text = gz
		case 2:
			text = gz[:len(gz)-9]
		case 3:
			name = strings.Replace(name, "cur", "new", 1)
		case 4:
			deliver(t, dir, name+"S", text+"other")
		case 5:
			name = fmt.Sprintf("cur/%05d.a,S=%d,W=%d", i, len(text), i)
		}
		deliver(t, dir, name, text)
		if i%100 == 6 {
			restrict(t, filepath.Join(dir, name), 0)
		}
	}
	return dir
}

func messagesOf(l *pop3.Listing) (all []pop3.Message) {
	for n := 1; n <= l.Len(); n++ {
		all = append(all, l.Message(n))
	}
	return all
}

// With helpers a listing, what is logged, and what is kept are the same as without.
func TestMeasureAhead(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	dir := largeMaildir(t)
	for _, options := range []Options{{}, {Extended: true, UseFilesize: true}} {
		alone, aloneText := logger()
		options.Log = alone
		want := open(t, dir, options)
		helped, helpedText := logger()
		options.Log, options.Cache = helped, NewCache(1<<20)
		got := open(t, dir, options)
		if !slices.Equal(messagesOf(got.Listing()), messagesOf(want.Listing())) {
			t.Errorf("%+v: listings differ", options)
		}
		if got.snap.rough != want.snap.rough || !slices.Equal(got.snap.files, want.snap.files) {
			t.Errorf("%+v: what is known of the files differs", options)
		}
		if a, b := strings.Count(aloneText.String(), "\n"), strings.Count(helpedText.String(), "\n"); a != b {
			t.Errorf("%+v: %d records with helpers, %d without", options, b, a)
		}
		if n := options.Cache.helpers.Load(); n != 0 {
			t.Errorf("%d helpers are left", n)
		}
	}
}

// Helpers measure all ordinary messages, and all of them are counted.
func TestMeasureAheadMeasures(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	dir := largeMaildir(t)
	m, v := unmeasuredView(t, nil, dir, Options{})
	m.measureAhead(t.Context(), v)
	measured := 0
	for _, f := range v.base.files {
		if f.octets != unmeasured {
			measured++
		}
	}
	if all := len(v.base.files); measured < all*9/10 || measured == all || v.measured != measured {
		t.Errorf("%d of %d measured, %d counted", measured, all, v.measured)
	}
}

// endingContext ends when Err has been called some times.
type endingContext struct {
	context.Context
	end  context.CancelFunc
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		c.end()
	}
	return c.Context.Err()
}

// A login that is ended while messages are measured leaves no helper, and reads no more.
func TestMeasureAheadEnds(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	dir := newMaildir(t)
	deliverMany(t, dir, leastAhead, "line\n")
	m, v := unmeasuredView(t, nil, dir, Options{})
	ctx := endingContext{}
	ctx.Context, ctx.end = context.WithCancel(t.Context())
	ctx.left.Store(leastAhead / 2)
	if gone, err := m.measure(&ctx, v); err != context.Canceled || len(gone) != 0 {
		t.Errorf("measure() = %d gone, %v", len(gone), err)
	}
	if v.measured == 0 || v.measured > leastAhead/2 {
		t.Errorf("%d of %d messages measured", v.measured, leastAhead)
	}
	if n := m.cache.helpers.Load(); n != 0 {
		t.Errorf("%d helpers are left", n)
	}
}

// The helpers of all sessions together are bounded.
func TestHelpersBounded(t *testing.T) {
	c := NewCache(0)
	for _, processors := range []int{1, 2, 100} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		n := 0
		for c.takeHelper() {
			n++
		}
		if want := min(processors-1, mostHelpers); n != want {
			t.Errorf("%d helpers with %d processors, want %d", n, processors, want)
		}
		for range n {
			c.giveHelper()
		}
	}
	if (*Cache)(nil).takeHelper() {
		t.Error("a helper without a Cache")
	}
}

// A message that is renamed or removed while helpers run is found, or is gone.
func TestMeasureAheadMoved(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	dir := newMaildir(t)
	deliverMany(t, dir, 2*leastAhead, "line\n")
	m, v := unmeasuredView(t, nil, dir, Options{UseFilesize: true})
	for i := 0; i < 2*leastAhead; i += 10 {
		name := fmt.Sprintf("%05d.a", i)
		if i%20 == 0 {
			remove(t, dir, "new/"+name)
		} else {
			rename(t, dir, "new/"+name, "cur/"+name+":2,S")
		}
	}
	gone, err := m.measure(t.Context(), v)
	if want := (2*leastAhead + 19) / 20; err != nil || len(gone) != want {
		t.Errorf("%d messages gone, %v, want %d", len(gone), err, want)
	}
	for i, f := range v.base.files {
		want := int64(5) // of the file
		if slices.Contains(gone, i) {
			want = unmeasured
		}
		if f.octets != want {
			t.Errorf("message %d: %d octets", i, f.octets)
		}
	}
}
