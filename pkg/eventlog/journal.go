package eventlog

import (
	"log/syslog"
	"strconv"
	"time"

	"tpops/pkg/sd"
)

// late is how long a record may wait before it gets a time field: the journal's own time
// is that of the arrival.
const late = time.Second

// journal is the sink that writes to journald.
type journal struct {
	to     *sd.Journal
	same   []byte // the fields that are the same in all records
	record []byte // reused for each record
}

// newJournal connects to journald at path. The error is why the socket cannot be
// reached. With facility -1, records have no facility.
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

// Close closes the connection.
func (j *journal) Close() error { return j.to.Close() }
