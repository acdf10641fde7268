package main

import "time"

// stopwatch is when something began.
type stopwatch time.Time

func now() stopwatch { return stopwatch(time.Now()) }

// milliseconds returns the time since then.
func (s stopwatch) milliseconds() float64 {
	return float64(time.Since(time.Time(s)).Nanoseconds()) / 1e6
}
