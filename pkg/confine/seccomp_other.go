//go:build !amd64 && !arm64

package confine

import "runtime"

// filterCalls does nothing: the filter was not tested on this processor, whose calls may
// have other arguments.
func (p Policy) filterCalls(r *Report) error {
	r.Open = append(r.Open, "system calls (not on "+runtime.GOARCH+")")
	return nil
}

// applied returns nil: without a filter a second Apply reaches all threads.
func applied() error { return nil }

// logRefused does nothing: no call is refused.
func (p Policy) logRefused(Report) error { return nil }
