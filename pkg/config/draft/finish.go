package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config"
)

// Result is a finished draft.
type Result struct {
	TOML   []byte // the new file; the caller does not write it if Needed is above 0 and the operator has not agreed
	Secret bool   // the new file contains a password
	Notes  []Note // the report, by input and line; notes about defaults come last
	Others string // names the settings that do not concern POP3; empty if there are none
	Needed int    // number of notes that hold the new file back
	Stop   string // why it must never be written; or empty
}

// Finish returns the result. hostname is the output of uname -n. The file is read as
// the server reads it; a problem is a note that holds it back. An error means that it
// could not be read at all.
func (d *Draft) Finish(hostname string) (*Result, error) {
	r := &Result{Stop: d.stop}
	names := []string{""}
	var b, checked strings.Builder // checked has the parameters that are comments in the file, too
	checked.WriteString("\n")
	fmt.Fprintf(&b, "# Made by tpopsctl import-config from %s.\n", plain(d.source))
	for _, p := range config.Params() {
		v, ok := d.values[p.Name]
		if !ok {
			continue
		}
		b.WriteString(strings.Join(Lines(p, v.text), "\n") + "\n")
		checked.WriteString(Assignment(p, v.text) + "\n")
		names = append(names, p.Name)
		r.Secret = r.Secret || p.Kind == config.KindSecret
	}
	r.TOML = []byte(b.String())
	problems, err := Problems(checked.String(), hostname)
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		d.problem(p, names)
	}
	d.sort()
	r.Notes, r.Others = d.notes, d.otherNames()
	for _, n := range d.notes {
		if n.Kind == Needed {
			r.Needed++
		}
	}
	return r, nil
}

// problem reports why the server would reject the new file. names has the parameter
// of each of its lines.
func (d *Draft) problem(p config.Problem, names []string) {
	if p.Line < 1 || p.Line > len(names) {
		d.Refuse(Place{File: d.source}, "", "%s", p.Text)
		return
	}
	v := d.values[names[p.Line-1]]
	d.Refuse(v.at, v.setting, "%s", p.Text)
}

// sort orders the notes by input and line. Notes without a line are last in their
// input.
func (d *Draft) sort() {
	var files []string
	for _, n := range d.notes {
		if !slices.Contains(files, n.At.File) {
			files = append(files, n.At.File)
		}
	}
	rank := func(n Note) int {
		if n.At.Line == 0 {
			return 1 << 30
		}
		return n.At.Line
	}
	slices.SortStableFunc(d.notes, func(a, b Note) int {
		if a.At.File != b.At.File {
			return slices.Index(files, a.At.File) - slices.Index(files, b.At.File)
		}
		return rank(a) - rank(b)
	})
}

// otherNames returns the settings that do not concern POP3, each once.
func (d *Draft) otherNames() string {
	slices.Sort(d.others)
	return strings.Join(slices.Compact(d.others), ", ")
}

// Problems returns what is wrong with the text of a configuration file. An error
// means that it could not be read.
func Problems(text, hostname string) (config.Problems, error) {
	file, path, err := memoryFile(text)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_, err = config.Load(config.Source{Args: []string{"--config=" + path}, Hostname: hostname})
	var problems config.Problems
	if err != nil && !errors.As(err, &problems) {
		return nil, err
	}
	return problems, nil
}
