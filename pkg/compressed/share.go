package compressed

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// shareOf returns how much of the memory of a budget the Readers of one mailbox may hold: a
// quarter, but always enough for a large file.
func shareOf(octets int64) int64 { return max(octets/4, largeWindow+zstdTables) }

// mailboxKey is the key of a mailbox in a context.
type mailboxKey struct{}

// For returns a context for NewReader. All Readers with the same mailbox, which is
// comparable, hold only a part of the memory together: clients that read slowly leave memory
// to those of other mailboxes.
func For(ctx context.Context, mailbox any) context.Context {
	return context.WithValue(ctx, mailboxKey{}, mailbox)
}

// shares are the shares of mailboxes in a budget. Goroutines may share it.
type shares struct {
	most int64
	mu   sync.Mutex
	used map[any]*share
}

// share is the share of a mailbox.
type share struct {
	memory *semaphore.Weighted
	users  int // that hold memory or wait for it
}

// take waits for memory of the share of the mailbox in ctx, and returns how to give it back.
// The error is that of ctx.
func (s *shares) take(ctx context.Context, octets int64) (free func(), err error) {
	mailbox := ctx.Value(mailboxKey{})
	if mailbox == nil {
		return func() {}, nil
	}
	one := s.enter(mailbox)
	octets = min(octets, s.most)
	if err := one.memory.Acquire(ctx, octets); err != nil {
		s.leave(mailbox, one)
		return nil, err
	}
	return func() {
		one.memory.Release(octets)
		s.leave(mailbox, one)
	}, nil
}

// enter returns the share of a mailbox.
func (s *shares) enter(mailbox any) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.used[mailbox]
	if one == nil {
		if s.used == nil {
			s.used = map[any]*share{}
		}
		one = &share{memory: semaphore.NewWeighted(s.most)}
		s.used[mailbox] = one
	}
	one.users++
	return one
}

// leave forgets the share of a mailbox without users.
func (s *shares) leave(mailbox any, one *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(s.used, mailbox)
	}
}
