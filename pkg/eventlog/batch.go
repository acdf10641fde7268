package eventlog

import (
	"iter"
	"log/slog"
	"time"
)

// entry is a record of a batch.
type entry struct {
	time         time.Time
	level        slog.Level
	kind         *Kind  // nil: not in the table
	session      string // "" for a record of no session
	serial       uint64 // rises from record to record
	line, fields int    // lengths of its two texts
}

// size is what the record takes in the queue.
func (e *entry) size() int { return e.line + e.fields + entrySize }

// class says how a record is treated when the queue is full.
type class struct {
	room  int  // how full the queue may be for it, in octets
	mass  bool // it is given up if a record of another class needs its room
	waits bool // it waits for room
}

// class returns the record's class. Records that come in masses must never be
// the reason why a login, the end of a session or an error is lost.
func (e *entry) class() class {
	each := e.kind != nil && e.kind.each
	switch {
	case e.level < slog.LevelInfo:
		return class{room: queueSize / 4, mass: true}
	case each && e.level < slog.LevelWarn:
		return class{room: queueSize / 2, mass: true, waits: true}
	case each:
		return class{room: queueSize / 8 * 5, waits: true}
	case e.level < slog.LevelWarn:
		return class{room: queueSize / 8 * 7}
	}
	return class{room: queueSize}
}

// batch is a series of records that were taken from the queue at once.
type batch struct {
	mass, other part
	lost        losses // those that found no room
}

// part is the records of a batch that are, or are not, given up for others:
// one after the other in one buffer.
type part struct {
	text    []byte
	entries []entry
}

func (p *part) size() int { return len(p.text) + entrySize*len(p.entries) }

// fits reports whether there is room for the record, without giving up others.
func (b *batch) fits(e *entry) bool {
	return b.mass.size()+b.other.size()+e.size() <= e.class().room
}

// makeRoom reports whether there is room for the record, and gives up records
// that come in masses for one that does not.
func (b *batch) makeRoom(e *entry) bool {
	if b.fits(e) {
		return true
	}
	if c := e.class(); c.mass || b.other.size()+e.size() > c.room {
		return false
	}
	for i := range b.mass.entries {
		b.lost.add(b.mass.entries[i].session, 1)
	}
	b.mass = b.mass.reset()
	return true
}

// add adds a record, for which there is room.
func (b *batch) add(e entry, line, fields []byte) {
	p := &b.other
	if e.class().mass {
		p = &b.mass
	}
	p.text = append(append(p.text, line...), fields...)
	p.entries = append(p.entries, e)
}

// all yields the records in the order in which they came.
func (b *batch) all() iter.Seq[*event] {
	return func(yield func(*event) bool) {
		mass, other := b.mass, b.other
		for len(mass.entries)+len(other.entries) > 0 {
			p := &other
			if len(other.entries) == 0 || len(mass.entries) > 0 && mass.entries[0].serial < other.entries[0].serial {
				p = &mass
			}
			if !yield(p.next()) {
				return
			}
		}
	}
}

// next takes the first record out of the part.
func (p *part) next() *event {
	e := p.entries[0]
	one := &event{entry: e, line: p.text[:e.line:e.line], fields: p.text[e.line : e.line+e.fields]}
	p.entries, p.text = p.entries[1:], p.text[e.line+e.fields:]
	return one
}

// reset returns the batch without its records.
func (b batch) reset() batch { return batch{mass: b.mass.reset(), other: b.other.reset()} }

// reset returns the part without its records. The room that a time of much
// work needed is given back.
func (p part) reset() part {
	if cap(p.text) > 256<<10 || cap(p.entries) > 4096 {
		return part{}
	}
	return part{text: p.text[:0], entries: p.entries[:0]}
}
