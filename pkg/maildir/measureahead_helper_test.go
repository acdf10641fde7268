package maildir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/osuser"
)

// unmeasuredView returns a view of a Maildir of the owner in which no message is measured,
// and what measures them.
func unmeasuredView(t *testing.T, owner *osuser.Owner, dir string, options Options) (*measurer, *view) {
	t.Helper()
	if options.Cache == nil {
		options.Cache = NewCache(0)
	}
	m := openAs(t, owner, dir, options)
	v := m.newView(nil)
	var err error
	if v.base, err = v.scanner(t.Context()).table(); err != nil {
		t.Fatal(err)
	}
	return m.reader.measurer(), v
}

// deliverMany delivers n messages, of which each is text.
func deliverMany(t *testing.T, dir string, n int, text string) {
	t.Helper()
	for i := range n {
		deliver(t, dir, fmt.Sprintf("new/%05d.a", i), text)
	}
}

// helpAlone measures messages with one helper, without the session.
func helpAlone(ctx context.Context, m *measurer, v *view) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	if !m.cache.takeHelper() {
		panic("no helper is free")
	}
	a := newAhead(m, v)
	a.start(ctx)
	a.end()
}

// A helper measures messages without the session, with the rights of the owner.
func TestHelperMeasures(t *testing.T) {
	dir := newMaildir(t)
	deliverMany(t, dir, 2*aheadBatch, "line\n")
	m, v := unmeasuredView(t, someUser(t, dir), dir, Options{})
	helpAlone(t.Context(), m, v)
	for i, f := range v.base.files {
		if f.octets != 6 {
			t.Errorf("message %d: %d octets", i, f.octets)
		}
	}
	if n := m.cache.helpers.Load(); v.measured != 2*aheadBatch || n != 0 {
		t.Errorf("%d counted, %d helpers are left", v.measured, n)
	}
}

// No helper reads what the owner of the mailbox may not read, whatever the daemon may.
func TestHelperRights(t *testing.T) {
	needRoot(t)
	dir := newMaildir(t)
	giveTo(t, alice, dir)
	deliverMany(t, dir, 2*aheadBatch, "line\n")
	m, v := unmeasuredView(t, alice, dir, Options{})
	helpAlone(t.Context(), m, v)
	for i, f := range v.base.files {
		if !f.isUnmeasured() {
			t.Errorf("message %d of root: %d octets", i, f.octets)
		}
	}
}

// A fault of a helper is one of its session, which ends with it, not of the process.
func TestHelperPanics(t *testing.T) {
	dir := newMaildir(t)
	deliverMany(t, dir, 1, "line\n")
	m, v := unmeasuredView(t, nil, dir, Options{})
	v.base.names = "" // No name can be found any more.
	fault := func() (fault any) {
		defer func() { fault = recover() }()
		helpAlone(t.Context(), m, v)
		return nil
	}()
	text := fmt.Sprint(fault)
	if !strings.Contains(text, "out of range") || !strings.Contains(text, "(*ahead).run") {
		t.Errorf("the session has the fault %q", text)
	}
	if n := m.cache.helpers.Load(); n != 0 {
		t.Errorf("%d helpers are left", n)
	}
}

// What is compressed is left to the session: to open it twice costs more than it saves.
func TestHelperCompressed(t *testing.T) {
	gz := encodedFiles(t)["gz"]
	for _, options := range []Options{{}, {UseFilesize: true}} {
		for _, tt := range []struct {
			plain string // the messages that are not compressed
			tried int64
		}{{"0", aheadBatch}, {"02468", 3 * aheadBatch}} {
			dir := newMaildir(t)
			for i := range 2 * aheadBatch {
				name, text := fmt.Sprintf("cur/%05d.a:2,", i), gz
				if strings.Contains(tt.plain, name[8:9]) {
					text = "line\n"
				}
				deliver(t, dir, name, text)
			}
			m, v := unmeasuredView(t, nil, dir, options)
			a := newAhead(m, v)
			a.run(t.Context(), false)
			if n := a.next.Load(); n != tt.tried {
				t.Errorf("%+v, plain %q: ended at message %d, want %d", options, tt.plain, n, tt.tried)
			}
		}
	}
}

// A helper rests after some messages, and after some octets that it has read.
func TestHelperRests(t *testing.T) {
	for _, tt := range []struct {
		name, format   string
		messages, size int
		rests          time.Duration
	}{
		{"small", "cur/%05d", 2*aheadMessages + 1, 1, 2},
		{"large", "cur/%05d", 7, aheadOctets / 2, 3},
		{"larger", "cur/%05d", 3, aheadOctets + 1, 3},
		{"not read", "cur/%05d,S=3000000,W=3000000", 7, 3000000, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t)
			for i := range tt.messages {
				name := fmt.Sprintf(tt.format, i)
				deliver(t, dir, name, "")
				if err := os.Truncate(filepath.Join(dir, name), int64(tt.size)); err != nil {
					t.Fatal(err)
				}
			}
			m, v := unmeasuredView(t, nil, dir, Options{})
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				newAhead(m, v).run(t.Context(), true)
				if took := time.Since(begun); took != tt.rests*aheadRest {
					t.Errorf("rests of %v, want %d of %v", took, tt.rests, aheadRest)
				}
			})
		})
	}
}
