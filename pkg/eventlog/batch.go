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
	serial       uint64 // increases with each record
	line, fields int    // lengths of its two texts
}

// size returns the size of the record in the queue.
func (e *entry) size() int { return e.line + e.fields + entrySize }

// class determines how a record is treated when the queue is full.
type class struct {
	room  int  // maximum fill of the queue with this record, in octets
	bulk  bool // it may be dropped to make room for a record of another class
	waits bool // it waits for room
	vital bool // it waits longer, and drops bulk records before it waits
}

// class returns the record's class. Bulk records must never cause the loss of a login,
// the end of a session or an error. Other records leave room for logins and ends.
func (e *entry) class() class {
	each, vital := e.kind != nil && e.kind.each, e.kind != nil && e.kind.vital
	warns := e.level >= slog.LevelWarn
	switch {
	case e.level < slog.LevelInfo:
		return class{room: queueSize / 4, bulk: true}
	case vital:
		return class{room: queueSize / 8 * 7, vital: true}
	case each && !warns:
		return class{room: queueSize / 2, bulk: true, waits: true}
	case each:
		return class{room: queueSize / 8 * 5, waits: true}
	case !warns:
		return class{room: queueSize / 8 * 6}
	}
	return class{room: queueSize}
}

// batch is a series of records that are taken from the queue at once.
type batch struct {
	bulk, other part
	lost        losses   // records for which there was no room
	slow        slowness // vital records that have waited
}

// part has the bulk records of a batch, or the others, in order, in one buffer.
type part struct {
	text    []byte
	entries []entry
}

func (p *part) size() int { return len(p.text) + entrySize*len(p.entries) }

// fits reports whether there is room for the record without dropping others.
func (b *batch) fits(e *entry) bool {
	return b.bulk.size()+b.other.size()+e.size() <= e.class().room
}

// makeRoom reports whether there is room for the record. For a record that is not bulk
// it drops bulk records.
func (b *batch) makeRoom(e *entry) bool {
	if b.fits(e) {
		return true
	}
	if c := e.class(); c.bulk || b.other.size()+e.size() > c.room {
		return false
	}
	for i := range b.bulk.entries {
		b.lost.addWithin(maxCounted, b.bulk.entries[i].session, 1)
	}
	b.bulk = b.bulk.reset()
	return true
}

// add adds a record, for which there must be room.
func (b *batch) add(e entry, line, fields []byte) {
	p := &b.other
	if e.class().bulk {
		p = &b.bulk
	}
	p.text = append(append(p.text, line...), fields...)
	p.entries = append(p.entries, e)
}

// all yields the records in order, each valid until the next.
func (b *batch) all() iter.Seq[*event] {
	return func(yield func(*event) bool) {
		bulk, other := b.bulk, b.other
		var one event
		for len(bulk.entries)+len(other.entries) > 0 {
			p := &other
			if len(other.entries) == 0 || len(bulk.entries) > 0 && bulk.entries[0].serial < other.entries[0].serial {
				p = &bulk
			}
			one = p.next()
			if !yield(&one) {
				return
			}
		}
	}
}

// next removes and returns the first record of the part.
func (p *part) next() event {
	e := p.entries[0]
	one := event{entry: e, line: p.text[:e.line:e.line], fields: p.text[e.line : e.line+e.fields]}
	p.entries, p.text = p.entries[1:], p.text[e.line+e.fields:]
	return one
}

// reset returns the batch without its records.
func (b batch) reset() batch { return batch{bulk: b.bulk.reset(), other: b.other.reset()} }

// reset returns the part without its records. It releases the memory of a busy period.
func (p part) reset() part {
	if cap(p.text) > 256<<10 || cap(p.entries) > 4096 {
		return part{}
	}
	return part{text: p.text[:0], entries: p.entries[:0]}
}
