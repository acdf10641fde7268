package maildir

import (
	"context"
	"slices"

	"tpops/pkg/uidlist"
)

// MeasureCourier returns for each of the numbers of messages, counted from 1 in the
// order of Messages, what Courier's list has of the file: octets in POP3, and whether
// the header has octets above 127. A message that is gone has -1 octets.
func (s *Survey) MeasureCourier(ctx context.Context, numbers []int) ([]uidlist.CourierEntry, error) {
	all := make([]uidlist.CourierEntry, len(numbers))
	where := make(map[int]int, len(numbers)) // by index of the snapshot
	indexes := make([]int, len(numbers))
	for k, n := range numbers {
		all[k].Octets = -1
		indexes[k] = s.m.snap.index(n)
		where[indexes[k]] = k
	}
	err := s.m.owner.Do(func() error {
		_, err := s.m.view.each(ctx, slices.Values(indexes), func(i int, at place) error {
			e, err := measureCourier(ctx, at)
			if err == nil {
				all[where[i]] = e
			}
			return err
		})
		return err
	})
	return all, err
}
