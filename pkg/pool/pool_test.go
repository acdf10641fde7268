package pool

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

// Results come in the order of the jobs, and no more than so many are at work.
func TestRun(t *testing.T) {
	jobs := make([]int, 200)
	for i := range jobs {
		jobs[i] = i
	}
	var at, most atomic.Int32
	work := func(_ context.Context, i int) int {
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer at.Add(-1)
		return i
	}
	var got []int
	Run(t.Context(), jobs, 4, work, func(i int) { got = append(got, i) })
	if !slices.Equal(got, jobs) || most.Load() > 4 {
		t.Errorf("%v, %d at a time", got, most.Load())
	}
	Run(t.Context(), nil, 4, work, func(int) { t.Error("a result") })
}

// After the end of the context no more is begun, and what is begun has a result.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun, done := 0, 0
	Run(ctx, make([]int, 100), 1, func(context.Context, int) int {
		if begun++; begun == 3 {
			cancel()
		}
		return 0
	}, func(int) { done++ })
	if begun != done || begun < 3 || begun > 4 {
		t.Errorf("%d begun, %d done", begun, done)
	}
}
