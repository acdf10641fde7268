package maildir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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
	m := open(t, dir, Options{Cache: NewCache(0)})
	v := m.newView(nil)
	table, err := v.scanner(t.Context()).table()
	if err != nil {
		t.Fatal(err)
	}
	v.base = table
	measurer := m.reader.measurer()
	measurer.measureAhead(t.Context(), v)
	measured := 0
	for _, f := range table.files {
		if f.octets != unmeasured {
			measured++
		}
	}
	if all := len(table.files); measured < all*9/10 || measured == all || v.measured != measured {
		t.Errorf("%d of %d measured, %d counted", measured, all, v.measured)
	}
}

// A login that is ended while helpers measure leaves none of them.
func TestMeasureAheadEnds(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	dir, cache := largeMaildir(t), NewCache(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openKnown(ctx, nil, dir, Options{Cache: cache}); err == nil {
		t.Error("the login did not end")
	}
	if n := cache.helpers.Load(); n != 0 {
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
	for i := range 2 * leastAhead {
		deliver(t, dir, fmt.Sprintf("new/%05d.a", i), "line\n")
	}
	m := open(t, dir, Options{Cache: NewCache(0), UseFilesize: true})
	v := m.newView(nil)
	table, err := v.scanner(t.Context()).table()
	if err != nil {
		t.Fatal(err)
	}
	v.base = table
	for i := 0; i < 2*leastAhead; i += 10 {
		path := filepath.Join(dir, fmt.Sprintf("new/%05d.a", i))
		if i%20 == 0 {
			err = os.Remove(path)
		} else {
			err = os.Rename(path, filepath.Join(dir, fmt.Sprintf("cur/%05d.a:2,S", i)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	gone, err := m.reader.measurer().measure(t.Context(), v)
	if want := (2*leastAhead + 19) / 20; err != nil || len(gone) != want {
		t.Errorf("%d messages gone, %v, want %d", len(gone), err, want)
	}
	for i, f := range table.files {
		if is := f.octets == 6 || f.octets == 5; is == slices.Contains(gone, i) {
			t.Errorf("message %d: %d octets", i, f.octets)
		}
	}
}
