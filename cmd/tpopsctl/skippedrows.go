package main

import (
	"fmt"
	"io"
)

// maxSkippedShown is the highest number of skipped rows with a line of their own.
const maxSkippedShown = 20

// skippedRows reports rows of a user database that have no usable login name.
type skippedRows struct {
	w     io.Writer
	count int
}

func (r *skippedRows) add(reason error) {
	if r.count++; r.count <= maxSkippedShown {
		fmt.Fprintln(r.w, "row skipped: "+visible(reason.Error(), ""))
	}
}

// finish prints how many rows had no line.
func (r *skippedRows) finish() {
	if more := r.count - maxSkippedShown; more > 0 {
		fmt.Fprintf(r.w, "further rows skipped: %d\n", more)
	}
}
