package workers

import (
	"log/slog"
	"os"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/files"
	"tpops/pkg/memfd"
	"tpops/pkg/workers/process"
)

// usersRetry is how long the parent waits before it has passwd-file read again. Children
// that find that it has changed read it for themselves meanwhile.
const usersRetry = 5 * time.Second

// sharedUsers are the rows of passwd-file that children share.
type sharedUsers struct {
	file    *os.File    // sealed, nil without passwd-file
	stamp   files.Stamp // of passwd-file, before it was read
	reading bool
	next    time.Time // when passwd-file may be read again
	problem string    // the last one that was logged
}

// setUsers makes the rows that a probe has read those of later children.
func (m *parent) setUsers(p *probe) {
	_ = m.users.file.Close() // The error of a nil file; a sealed one has none.
	m.users = sharedUsers{file: p.users, stamp: p.stamp, next: m.users.next}
	if p.users != nil && !memfd.IsSealed(p.users) {
		p.close() // The probe has not read any.
		m.users.file = nil
	}
}

// usersStamp returns the stamp of passwd-file, the zero one if there is none.
func usersStamp(c *config.Config) files.Stamp {
	stamp, err := files.StampPath(c.Users.PasswdFile)
	if err != nil {
		return files.Stamp{}
	}
	return stamp
}

// refreshUsers has passwd-file read again if it has changed. While it is missing, the rows
// stay.
func (m *parent) refreshUsers(now time.Time) {
	u := &m.users
	if u.file == nil || u.reading || now.Before(u.next) {
		return
	}
	if stamp := usersStamp(m.Config); stamp == u.stamp || stamp == (files.Stamp{}) {
		return
	}
	u.next = now.Add(usersRetry)
	c := m.Config
	reader, err := m.startReader(roleUsers, c, u.file)
	if err != nil {
		m.logUsers(err)
		return
	}
	u.reading = true
	go func() {
		err := reader.wait(probeTime)
		m.do(func() { m.takeUsers(c, reader, err) })
	}()
}

// takeUsers takes the rows that a child has read. Prefork children that read the file for
// themselves end when they are idle. The rows are not used if the configuration has
// changed meanwhile.
func (m *parent) takeUsers(c *config.Config, reader *probe, err error) {
	if m.Config != c {
		if err == nil {
			reader.close()
		}
		return
	}
	m.users.reading = false
	if err != nil {
		m.logUsers(err)
		return
	}
	m.setUsers(reader)
	m.backoff.Served() // Children can serve, as the reader has shown.
	if m.ending == 0 {
		m.pool.Order(process.Renew, 0)
	}
}

// logUsers logs why passwd-file could not be read for the children, unless the reason is
// the same as before.
func (m *parent) logUsers(err error) {
	if err.Error() == m.users.problem {
		return
	}
	m.users.problem = err.Error()
	m.Log.Info("passwd-file reload failed", slog.String("reason", err.Error()))
}
