package maildir

import "slices"

// maxExamples is how many files a Finding names at most.
const maxExamples = 5

// Health is what Examine has found in a Maildir.
type Health struct {
	Messages int       // messages that a login would list; -1 if they cannot be listed
	Findings []Finding // in the order of the table of faults
}

// Finding is one kind of fault in a Maildir.
type Finding struct {
	Fault    Fault
	Count    int
	Repaired int
	Failed   error     // why the first of the others could not be repaired
	Examples []Example // the first ones

	repairs []func() error
}

// Example is a place with a fault. Its texts may have any octets.
type Example struct {
	File   string `json:"file"` // below the Maildir; empty for the Maildir
	Detail string `json:"detail,omitempty"`
}

// Faults returns how many faults there are that were not repaired, and how many notes.
func (h *Health) Faults() (faults, notes int) {
	for _, f := range h.Findings {
		if f.Fault.Note {
			notes += f.Count
		} else {
			faults += f.Count - f.Repaired
		}
	}
	return faults, notes
}

// findings collects faults.
type findings struct {
	fix bool
	all [len(faults)]Finding
}

// add notes a fault. repair may be nil; it is called later, and only to repair.
func (f *findings) add(name, file, detail string, repair func() error) {
	k := slices.IndexFunc(faults[:], func(row Fault) bool { return row.Name == name })
	found := &f.all[k]
	found.Fault = faults[k]
	if found.Count++; len(found.Examples) < maxExamples {
		found.Examples = append(found.Examples, Example{file, detail})
	}
	if f.fix && repair != nil {
		found.repairs = append(found.repairs, repair)
	}
}

// has reports whether one of these faults was found.
func (f *findings) has(names ...string) bool {
	return slices.ContainsFunc(f.all[:], func(found Finding) bool {
		return found.Count > 0 && slices.Contains(names, found.Fault.Name)
	})
}

// repair repairs what it can.
func (f *findings) repair() {
	for k := range f.all {
		f.all[k].repair()
	}
}

// repairNow repairs what it can of one kind.
func (f *findings) repairNow(name string) {
	for k := range f.all {
		if f.all[k].Fault.Name == name {
			f.all[k].repair()
		}
	}
}

// repair repairs what it can.
func (f *Finding) repair() {
	for _, repair := range f.repairs {
		err := repair()
		switch {
		case err == nil:
			f.Repaired++
		case f.Failed == nil:
			f.Failed = err
		}
	}
	f.repairs = nil
}

// list returns what was found.
func (f *findings) list() []Finding {
	return slices.DeleteFunc(slices.Clone(f.all[:]), func(found Finding) bool { return found.Count == 0 })
}
