package eventlog

import (
	"log/syslog"
	"strconv"
	"time"

	"tpops/pkg/sd"
)

// late is how long a record may wait before the journal's own time for it,
// that of its arrival, would mislead.
const late = time.Second

// journal is the sink that writes to journald.
type journal struct {
	to     *sd.Journal
	same   []byte // the fields that all records have with the same value
	record []byte // used again for each
}

// newJournal connects to journald at path; the error is that of a socket that
// cannot be reached. Without a facility, -1, records have none.
func newJournal(path string, facility syslog.Priority) (*journal, error) {
	to, err := sd.DialJournal(path)
	if err != nil {
		return nil, err
	}
	same := sd.AppendField(nil, "SYSLOG_IDENTIFIER", "tpops")
	if facility >= 0 {
		same = sd.AppendField(same, "SYSLOG_FACILITY", strconv.Itoa(int(facility>>3)))
	}
	return &journal{to: to, same: same}, nil
}

func (j *journal) write(e *event) error {
	b := sd.AppendField(j.record[:0], "MESSAGE", e.line)
	b = append(b, "PRIORITY="...)
	b = append(b, byte('0'+Priority(e.level)), '\n')
	b = append(b, j.same...)
	if e.kind != nil {
		b = sd.AppendField(b, "MESSAGE_ID", e.kind.ID)
		b = sd.AppendField(b, "TPOPS_EVENT", e.kind.Event)
	}
	b = append(b, e.fields...)
	if time.Since(e.time) > late {
		b = sd.AppendField(b, "TPOPS_TIME", e.time.UTC().Format(timeFormat))
	}
	j.record = b
	return j.to.Send(b)
}

// Close ends the connection.
func (j *journal) Close() error { return j.to.Close() }
