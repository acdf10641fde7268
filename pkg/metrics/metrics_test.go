package metrics

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// newMemory returns a memory, and the same as another process has it.
func newMemory(t *testing.T) (own, others *Memory) {
	t.Helper()
	own, err := New()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(own.File().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if others, err = Attach(os.NewFile(uintptr(fd), "metrics")); err != nil {
		t.Fatal(err)
	}
	return own, others
}

// value returns the value with a name and a word.
func value(t *testing.T, all []Value, name, word string) Value {
	t.Helper()
	for _, v := range all {
		if v.Name == name && v.Word == word {
			return v
		}
	}
	t.Fatalf("no %s %s", name, word)
	return Value{}
}

// Each bucket begins where the one before ends, and no duration is more than a quarter
// off.
func TestBuckets(t *testing.T) {
	for i := range buckets {
		if got := bucketOf(lowest(i)); got != i {
			t.Errorf("bucket %d begins in bucket %d", i, got)
		}
		if i > 0 && bucketOf(lowest(i)-1) != i-1 {
			t.Errorf("bucket %d does not end at %v", i-1, lowest(i))
		}
	}
	for _, d := range []time.Duration{-time.Second, 0} {
		if bucketOf(d) != 0 {
			t.Errorf("%v is in bucket %d", d, bucketOf(d))
		}
	}
	if bucketOf(1<<63-1) != buckets-1 || lowest(buckets) < 4*time.Hour {
		t.Errorf("the last bucket ends at %v", lowest(buckets))
	}
}

// What another process adds is in the total, and in the last minute for a minute.
func TestValues(t *testing.T) {
	own, others := newMemory(t)
	now := time.Unix(1_000_000, 0)
	r := NewRecent(own, now)
	for i := range 100 {
		others.Took(pop3.SpanHash, time.Duration(i+1)*time.Millisecond)
	}
	others.Count(pop3.FigureLogins, "PLAIN", 2)
	own.Count(pop3.FigureLogins, "PLAIN", 1)
	own.Count(pop3.FigureLogins, "nonsense", 5)
	all, minute := r.Values(now.Add(3 * time.Second))
	if !r.Started().Equal(now) || minute != 3*time.Second {
		t.Errorf("%v, %v", r.Started(), minute)
	}
	hash := value(t, all, "tpops_hash_seconds", "")
	if hash.Total != 100 || hash.Minute != 100 || hash.Took.Sum != 5050*time.Millisecond {
		t.Errorf("%+v", hash)
	}
	for share, want := range map[float64]time.Duration{0.5: 50 * time.Millisecond, 0.9: 90 * time.Millisecond, 0.99: 99 * time.Millisecond} {
		if got := hash.Took.Quantile(share); got < want*3/4 || got > want*5/4 {
			t.Errorf("quantile %v: %v, want about %v", share, got, want)
		}
	}
	if v := value(t, all, "tpops_logins_total", "PLAIN"); v.Total != 3 || v.Label != "mechanism" {
		t.Errorf("%+v", v)
	}
	if v := value(t, all, "tpops_logins_total", other); v.Total != 5 {
		t.Errorf("%+v", v)
	}
	for i := range 70 {
		r.Look(now.Add(time.Duration(i) * time.Second))
	}
	all, minute = r.Values(now.Add(70 * time.Second))
	if v := value(t, all, "tpops_hash_seconds", ""); v.Total != 100 || v.Minute != 0 || v.TookMinute.Quantile(0.5) != 0 {
		t.Errorf("%+v", v)
	}
	if minute < time.Minute || minute > 70*time.Second {
		t.Errorf("the last minute is %v", minute)
	}
}

// A process that was taken over may set any number.
func TestValuesHostile(t *testing.T) {
	own, others := newMemory(t)
	others.Count(pop3.FigureSent, "", 1000)
	r := NewRecent(own, time.Unix(0, 0))
	for i := range others.words {
		others.words[i].Store(uint64(i) << 57)
	}
	others.Count(pop3.FigureSent, "", -1<<62)
	for _, v := range first(r.Values(time.Unix(1, 0))) {
		if v.IsSpan && (v.Took.Quantile(0.5) < 0 || v.TookMinute.Quantile(0.99) < 0) {
			t.Errorf("%+v", v)
		}
	}
}

func first(all []Value, _ time.Duration) []Value { return all }

// Each figure and span has a row, with a name of its own.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, f := range append(append(spans[:], figures[:]...), levelTable[:]...) {
		if f.name == "" || names[f.name] || f.help.english == "" || f.help.japanese == "" || strings.HasSuffix(f.help.english, ".") {
			t.Errorf("%+v", f)
		}
		names[f.name] = true
	}
}

func TestAttachOther(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(file); err == nil || !strings.Contains(err.Error(), "0 octets instead of") {
		t.Error(err)
	}
}

// A later process counts on, and knows since when. A memory of another version is rejected.
func TestAdopt(t *testing.T) {
	own, others := newMemory(t)
	first := time.Unix(1_000_000, 5)
	if got := NewRecent(own, first).Started(); !got.Equal(first) {
		t.Error(got)
	}
	later := NewRecent(others, first.Add(time.Hour))
	own.Count(pop3.FigureLogins, "PLAIN", 3)
	values, minute := later.Values(first.Add(2 * time.Hour))
	if v := value(t, values, "tpops_logins_total", "PLAIN"); !later.Started().Equal(first) || v.Total != 3 || minute != time.Hour {
		t.Errorf("since %v, %+v, %v", later.Started(), v, minute)
	}
	fd, err := unix.Dup(int(own.File().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	next, err := Adopt(os.NewFile(uintptr(fd), "next"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := next.File().Stat(); err != nil {
		t.Error("the file cannot be passed on:", err)
	}
	own.words[extra(layoutWord)].Add(1)
	if _, err := Adopt(next.File()); err == nil || !strings.Contains(err.Error(), "figures of another version") {
		t.Error(err)
	}
	if _, err := next.File().Stat(); err == nil {
		t.Error("the file is still open")
	}
}

// No sample is lost, and none takes memory.
func TestConcurrent(t *testing.T) {
	own, others := newMemory(t)
	var wait sync.WaitGroup
	for _, m := range []*Memory{own, others} {
		for range 4 {
			wait.Go(func() {
				for range 10_000 {
					m.Took(pop3.SpanOpen, time.Millisecond)
					m.Count(pop3.FigureRejected, "max-per-user", 1)
				}
			})
		}
	}
	wait.Wait()
	all := valuesOf(own.read(), make([]uint64, len(own.words)))
	if v := value(t, all, "tpops_open_seconds", ""); v.Total != 80_000 || v.Took.Sum != 80*time.Second {
		t.Errorf("%+v", v)
	}
	if v := value(t, all, "tpops_sessions_rejected_total", "max-per-user"); v.Total != 80_000 {
		t.Errorf("%+v", v)
	}
	if n := testing.AllocsPerRun(100, func() {
		own.Took(pop3.SpanOpen, time.Second)
		own.Count(pop3.FigureEnded, "quit", 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSample(b *testing.B) {
	m, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m.Took(pop3.SpanOpen, time.Millisecond)
		m.Count(pop3.FigureLogins, "SCRAM-SHA-256", 1)
	}
}
