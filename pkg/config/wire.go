package config

import (
	"encoding/binary"
	"strings"
)

// wireWriter writes texts with their lengths, and numbers that are not negative. A child of
// the daemon reads all parameters at its start, for which JSON would take too long.
type wireWriter []byte

func (w *wireWriter) number(n int) { *w = binary.AppendUvarint(*w, uint64(n)) }

func (w *wireWriter) text(s string) {
	w.number(len(s))
	*w = append(*w, s...)
}

// wireReader reads what a wireWriter has written. After data that it cannot have written,
// failed is set and all results are empty.
type wireReader struct {
	rest   string
	failed bool
}

// most bounds a number: a length or a place in a file.
const most = 1 << 30

func (r *wireReader) number() int {
	n, size := binary.Uvarint([]byte(r.rest[:min(len(r.rest), binary.MaxVarintLen64)]))
	if size <= 0 || n > most {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *wireReader) text() string {
	n := r.number()
	if n > len(r.rest) {
		r.fail()
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return strings.Clone(s) // Otherwise it would keep all the data.
}

func (r *wireReader) flag() bool {
	n := r.number()
	if n > 1 {
		r.fail()
	}
	return n == 1
}

func (r *wireReader) fail() { r.rest, r.failed = "", true }

// place reads the place of a value.
func (r *wireReader) place() place {
	return place{file: r.text(), line: r.number(), col: r.number(), option: r.text()}
}

// warnings reads Config.Warnings.
func (r *wireReader) warnings() (all Problems) {
	for n := r.number(); n > 0 && !r.failed; n-- {
		all = append(all, r.place().problem("", r.text()))
	}
	return all
}

func (w *wireWriter) place(p place) {
	w.text(p.file)
	w.number(p.line)
	w.number(p.col)
	w.text(p.option)
}

func (w *wireWriter) flag(f bool) {
	if f {
		w.number(1)
		return
	}
	w.number(0)
}
