package maildir

// members returns the files that message i may be, the table they are in, and
// what they have to be; nil if its name is enough.
func (v *view) members(i int) (*table, []file, []identity) {
	own := v.base.members(i)
	ids := v.base.identities(own)
	if v.now == nil {
		return v.base, own, ids
	}
	first, end := v.now.find(v.base.unique(v.base.files[i]))
	if ids == nil {
		if end != first+1 {
			// Either it is gone or another message has its unique name. Which of
			// them the session means cannot be told, and a wrong one must not be
			// removed.
			return v.now.table, nil, nil
		}
		return v.now.table, v.now.members(first), nil
	}
	var files []file
	for _, k := range v.now.with(ids, first, end) {
		all := v.now.members(k)
		files, ids = append(files, all...), append(ids, v.now.identities(all)...)
	}
	return v.now.table, files, ids
}

// identities returns the identities of the files of one message, nil if they
// are not known.
func (t *table) identities(files []file) (ids []identity) {
	for _, f := range files {
		if id, known := t.identity(f); known {
			ids = append(ids, id)
		}
	}
	return ids
}

// ambiguous reports whether message i, which each did not find, may be one of
// several that have its unique name now.
func (v *view) ambiguous(i int) bool {
	if v.now == nil || v.base.identities(v.base.members(i)) != nil {
		return false
	}
	first, end := v.now.find(v.base.unique(v.base.files[i]))
	return end > first+1
}
