package maildir

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// How messages are measured ahead. So many have to be unknown, or the helpers cost more
// than they save. Each helper takes a batch at a time, and rests after so many messages,
// or octets that it has read: then its processor serves sessions that wait.
const (
	leastAhead    = 512
	mostHelpers   = 3 // in all sessions of a process
	aheadBatch    = 64
	aheadMessages = 256     // between two rests
	aheadOctets   = 4 << 20 // likewise
	aheadRest     = 50 * time.Microsecond
)

// ahead measures messages of a view with helpers, each a goroutine. It leaves alone what
// is not an ordinary message that is where it was found.
type ahead struct {
	sizer
	cache    *Cache
	v        *view
	next     atomic.Int64 // the first message that no goroutine has taken
	measured atomic.Int64
	rough    atomic.Bool // as in table
	helpers  sync.WaitGroup
	fault    atomic.Pointer[string] // with which a helper panicked
}

// measureAhead measures messages of v.base in several goroutines, if there are many
// unknown ones and a helper is free. Whether a processor is free is not known. It returns
// when the helpers have ended.
func (m *measurer) measureAhead(ctx context.Context, v *view) {
	unknown := 0
	for _, f := range v.base.files {
		if f.isUnmeasured() {
			unknown++
		}
	}
	if unknown < leastAhead {
		return
	}
	a := newAhead(m, v)
	defer a.end() // The helpers use the descriptors of the session.
	helped := false
	for m.cache.takeHelper() {
		helped = true
		a.start(ctx)
	}
	if helped {
		a.run(ctx, false)
	}
}

func newAhead(m *measurer, v *view) *ahead {
	return &ahead{sizer: sizer{m.useFilesize, m.extended, leftAlone{}}, cache: m.cache, v: v}
}

// start starts a helper, which takeHelper has allowed. It has the rights of the owner,
// or measures nothing.
func (a *ahead) start(ctx context.Context) {
	a.helpers.Go(func() {
		defer a.cache.giveHelper()
		defer a.recoverPanic()
		_ = a.v.owner.Do(func() error { a.run(ctx, true); return nil }) // The session measures the rest, and reports errors.
	})
}

// recoverPanic keeps a fault of a helper from ending the process with all sessions.
func (a *ahead) recoverPanic() {
	if fault := recover(); fault != nil {
		text := fmt.Sprintf("%v\n%s", fault, debug.Stack())
		a.fault.Store(&text)
	}
}

// end waits for the helpers. If one has panicked, so does end: then the session ends
// as it does after a fault of its own.
func (a *ahead) end() {
	a.helpers.Wait()
	a.v.measured += int(a.measured.Load())
	a.v.base.rough = a.v.base.rough || a.rough.Load()
	if fault := a.fault.Load(); fault != nil {
		panic("measure ahead: " + *fault)
	}
}

// run measures messages that no other goroutine has taken. It ends if most of them are
// compressed, which the session has to open again.
func (a *ahead) run(ctx context.Context, rests bool) {
	subs := noSubdirs()
	defer func() { subs.close() }()
	var done work
	for ctx.Err() == nil && !done.isWasted() {
		files := a.take()
		if len(files) == 0 {
			return
		}
		for i := range files {
			if !files[i].isUnmeasured() || files[i].twin != 0 {
				continue
			}
			done.add(a.measure(ctx, &subs, &files[i]))
			if rests && done.needsRest() {
				time.Sleep(aheadRest)
			}
		}
	}
}

// take returns the next batch, nothing if there is none.
func (a *ahead) take() []file {
	files := a.v.base.files
	first := min(int(a.next.Add(aheadBatch))-aheadBatch, len(files))
	return files[first:min(first+aheadBatch, len(files))]
}

// measure measures one message.
func (a *ahead) measure(ctx context.Context, subs *subdirs, f *file) (measured, error) {
	if err := subs.openOne(a.v.dir, f.sub); err != nil {
		return measured{}, err
	}
	size, err := a.sizeOf(ctx, place{subs, f.sub, a.v.base.name(*f)})
	if err != nil || size.why != nil {
		return size, err
	}
	f.octets, f.print, f.form = size.octets, size.print, size.form
	a.measured.Add(1)
	if size.print == 0 {
		a.rough.Store(true)
	}
	return size, nil
}

// takeHelper reports whether one more helper may run in this process. Then giveHelper
// has to be called at its end.
func (c *Cache) takeHelper() bool {
	if c == nil {
		return false
	}
	if int(c.helpers.Add(1)) <= min(runtime.GOMAXPROCS(0)-1, mostHelpers) {
		return true
	}
	c.giveHelper()
	return false
}

func (c *Cache) giveHelper() { c.helpers.Add(-1) }
