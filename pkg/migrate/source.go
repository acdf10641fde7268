package migrate

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tpops/pkg/maildir"
	"tpops/pkg/osuser"
)

// Job is a mailbox to import.
type Job struct {
	Maildir string        // absolute path
	Owner   *osuser.Owner // with whose rights; nil for those of the process
	Login   string        // at the other server; only Capture needs it
	Secret  string        // the password there
	Err     error         // why it cannot be imported, if that is known already
}

// Source is what another server knows of mailboxes. Goroutines may share it.
type Source interface {
	// old returns what the server showed for the messages of a mailbox.
	old(ctx context.Context, j Job, s *maildir.Survey, messages []maildir.Surveyed) (*old, error)
}

// old is what another server showed of a mailbox.
type old struct {
	known     []known // in its order
	hidden    []int   // indexes of messages that it did not show, and must not be shown
	ambiguous int     // messages of the list that may be several files
	unordered int     // messages whose order the server did not define
	notes     []string
}

// known is a message of which the old UIDL is known.
type known struct {
	index int    // in the messages of the mailbox
	uidl  string // not checked
}

func (o *old) note(format string, args ...any) {
	o.notes = append(o.notes, fmt.Sprintf(format, args...))
}

// byUnique returns the indexes of messages by their unique names: several of those
// that share one.
func byUnique(messages []maildir.Surveyed) map[string][]int {
	all := make(map[string][]int, len(messages))
	for i, m := range messages {
		all[m.Unique] = append(all[m.Unique], i)
	}
	return all
}

// byTime returns the indexes of messages in the order of the seconds of their
// times, and how many share theirs with another: qmail and others leave their
// order open. Names decide then.
func byTime(messages []maildir.Surveyed, seconds func(maildir.Surveyed) int64) (order []int, ties int) {
	times := make([]int64, len(messages))
	for i, m := range messages {
		order = append(order, i)
		times[i] = seconds(m)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(times[a], times[b]), strings.Compare(messages[a].Name, messages[b].Name))
	})
	for i := range order {
		before := i > 0 && times[order[i]] == times[order[i-1]]
		after := i+1 < len(order) && times[order[i]] == times[order[i+1]]
		if before || after {
			ties++
		}
	}
	return order, ties
}

// pathOf returns the path of a file of a mailbox, for errors.
func pathOf(j Job, name string) string { return filepath.Join(j.Maildir, name) }
