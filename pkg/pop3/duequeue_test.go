package pop3

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever is added and removed, the first is the one that is due first.
func TestDueQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	spaces := make([]space, 200)
	queued := make(map[int32]bool)
	q := dueQueue{}
	for range 20_000 {
		i := int32(random.IntN(len(spaces)))
		if queued[i] {
			q.remove(spaces, i)
			delete(queued, i)
		} else {
			spaces[i].due = time.Duration(random.IntN(50))
			q.push(spaces, i)
			queued[i] = true
		}
		if len(q.order) != len(queued) {
			t.Fatalf("%d in the queue, want %d", len(q.order), len(queued))
		}
		for i := range queued {
			if spaces[i].due < spaces[q.order[0]].due || q.order[spaces[i].place] != i {
				t.Fatalf("space %d is due before the first, or is not at its place", i)
			}
		}
	}
}
