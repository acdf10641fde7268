package maildir

import "slices"

// manyFiles is the number of files of one message above which they are found with a map. Most
// messages have one file, but the owner of a Maildir may put any number there under one unique
// name, so that to go through all of them for each takes seconds.
const manyFiles = 8

// removedFile is a file one name of which was removed.
type removedFile struct {
	identity
	gone   bool // it has no name any more
	linked bool // it had another name, and may have it still
}

// removedKey is a file of the message with that index.
type removedKey struct {
	message int
	file    identity // without sum
}

// count notes that a name of the file id was removed. What has several names
// counts once.
func (r *removal) count(i int, f removedFile, octets int64) {
	if k := r.removedAt(i, f.identity); k >= 0 {
		r.removed[i][k].gone = f.gone
		return
	}
	r.removed[i] = append(r.removed[i], f)
	r.noteMany(i)
	r.usage.add(octets)
}

// noteMany notes where the file is that was appended to those of message i, if they are many.
func (r *removal) noteMany(i int) {
	files := r.removed[i]
	last := len(files) - 1
	switch {
	case last < manyFiles:
		return
	case last == manyFiles:
		last = 0 // The others were not noted yet.
	}
	if r.many == nil {
		r.many = map[removedKey]int{}
	}
	for k := last; k < len(files); k++ {
		r.many[removedKey{i, files[k].withoutSum()}] = k
	}
}

// removedAt returns where the file id is among those of message i that were removed, -1
// if it was not.
func (r *removal) removedAt(i int, id identity) int {
	files := r.removed[i]
	if len(files) <= manyFiles {
		return slices.IndexFunc(files, func(f removedFile) bool { return f.isFile(id) })
	}
	if k, found := r.many[removedKey{i, id.withoutSum()}]; found {
		return k
	}
	return -1
}

// isRemoved reports whether a name of the file id of message i was removed.
func (r *removal) isRemoved(i int, id identity) bool { return r.removedAt(i, id) >= 0 }

// isOneOf returns what reports whether a file is one of those in ids; nil if ids is.
func isOneOf(ids []identity) func(identity) bool {
	if ids == nil {
		return nil
	}
	if len(ids) <= manyFiles {
		return func(id identity) bool { return slices.ContainsFunc(ids, id.isFile) }
	}
	set := make(map[identity]struct{}, len(ids))
	for _, id := range ids {
		set[id.withoutSum()] = struct{}{}
	}
	return func(id identity) bool {
		_, is := set[id.withoutSum()]
		return is
	}
}
