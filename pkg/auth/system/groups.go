package system

import "time"

// Groups are the supplementary groups of system users in a file of the form of
// group(5), which is read again when it changes. Goroutines may share it. It does not
// have to be closed.
type Groups struct{ file userFile[map[string][]int] }

// NewGroups returns the groups in a file. It reads nothing yet.
func NewGroups(path string, now func() time.Time) *Groups {
	return &Groups{userFile[map[string][]int]{path: path, parse: parseGroups, now: now}}
}

// Of returns the groups of a user, none if the file does not contain it. The error is
// that of the file.
func (g *Groups) Of(login string) ([]int, error) {
	groups, err := g.file.get()
	return groups[login], err
}
