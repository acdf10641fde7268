package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// stored is a message in a Maildir.
type stored struct {
	header digest
	// octets are the sizes that servers may have shown: that in POP3, and that of the
	// file if it is another one. A message that cannot be decoded has none.
	octets []int64
}

// readFiles reads all messages of a mailbox.
func readFiles(ctx context.Context, s *maildir.Survey, messages []maildir.Surveyed) ([]stored, error) {
	all := make([]stored, len(messages))
	for i, m := range messages {
		text, err := s.Open(ctx, i+1)
		if errors.Is(err, pop3.ErrEncoded) {
			continue // Nothing of the server can be found in it.
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		var h headerHash
		octets, err := pop3.WireOctets(io.TeeReader(text, &h))
		_ = text.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		all[i] = stored{h.sum(), slices.Compact([]int64{octets, m.Octets})}
	}
	return all, nil
}

// candidates returns the indexes of the files with each header and size.
func candidates(files []stored) map[listedKey][]int {
	all := map[listedKey][]int{}
	for i, f := range files {
		for _, octets := range f.octets {
			key := listedKey{f.header, octets}
			all[key] = append(all[key], i)
		}
	}
	return all
}

// rivals returns how many messages of the server a file fits, of which there are so many
// alike.
func (f *stored) rivals(alike map[listedKey]int) (count int) {
	for _, octets := range f.octets {
		count += alike[listedKey{f.header, octets}]
	}
	return count
}
