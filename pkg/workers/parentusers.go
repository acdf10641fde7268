package workers

import (
	"log/slog"
	"os"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/files"
	"tpops/pkg/workers/process"
)

// usersRetry is how long the parent waits before it has passwd-file read again, after
// that has failed. Meanwhile each child reads the file for itself.
const usersRetry = 10 * time.Second

// sharedUsers are the rows of passwd-file that children share.
type sharedUsers struct {
	file    *os.File    // sealed, nil without passwd-file
	stamp   files.Stamp // of passwd-file, before it was read
	reading bool
	next    time.Time // when passwd-file may be read again
	problem string    // the last one that was logged
}

// setUsers makes users the rows of later children.
func (m *parent) setUsers(users *os.File, stamp files.Stamp) {
	if m.users.file != nil {
		_ = m.users.file.Close() // A sealed file has no error.
	}
	m.users = sharedUsers{file: users, stamp: stamp}
}

// usersStamp returns the stamp of passwd-file, the zero one if there is none.
func usersStamp(c *config.Config) files.Stamp {
	stamp, err := files.StampPath(c.Users.PasswdFile)
	if err != nil {
		return files.Stamp{} // While the file is missing, the rows stay.
	}
	return stamp
}

// refreshUsers has passwd-file read again if it has changed.
func (m *parent) refreshUsers(now time.Time) {
	u := &m.users
	if u.file == nil || u.reading || now.Before(u.next) {
		return
	}
	stamp := usersStamp(m.Config)
	if stamp == u.stamp || stamp == (files.Stamp{}) {
		return
	}
	u.next = now.Add(usersRetry)
	p, err := m.startProbe(roleUsers, m.Config, u.file)
	if err != nil {
		m.logUsers(err)
		return
	}
	u.reading = true
	c := m.Config
	go func() {
		users, err := p.wait()
		m.do(func() { m.takeUsers(c, users, stamp, err) })
	}()
}

// takeUsers takes the rows that a child has read. Children that wait for a connection are
// replaced, which have read the rows for themselves, or will. The file is not used if
// the configuration has changed meanwhile.
func (m *parent) takeUsers(c *config.Config, users *os.File, stamp files.Stamp, err error) {
	if m.Config != c {
		if users != nil {
			_ = users.Close() // A sealed file has no error.
		}
		return
	}
	m.users.reading = false
	if err != nil {
		m.logUsers(err)
		return
	}
	m.setUsers(users, stamp)
	m.pool.Order(process.Renew, 0)
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
