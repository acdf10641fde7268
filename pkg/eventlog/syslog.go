package eventlog

import (
	"errors"
	"fmt"
	"log/syslog"
	"time"
)

// facilities maps names to facilities of syslog.
var facilities = map[string]syslog.Priority{
	"kern": syslog.LOG_KERN, "user": syslog.LOG_USER, "mail": syslog.LOG_MAIL, "daemon": syslog.LOG_DAEMON,
	"auth": syslog.LOG_AUTH, "syslog": syslog.LOG_SYSLOG, "lpr": syslog.LOG_LPR, "news": syslog.LOG_NEWS,
	"uucp": syslog.LOG_UUCP, "cron": syslog.LOG_CRON, "authpriv": syslog.LOG_AUTHPRIV, "ftp": syslog.LOG_FTP,
	"local0": syslog.LOG_LOCAL0, "local1": syslog.LOG_LOCAL1, "local2": syslog.LOG_LOCAL2, "local3": syslog.LOG_LOCAL3,
	"local4": syslog.LOG_LOCAL4, "local5": syslog.LOG_LOCAL5, "local6": syslog.LOG_LOCAL6, "local7": syslog.LOG_LOCAL7,
}

// noFacility is the facility for "none" and for an empty name.
const noFacility syslog.Priority = -1

// parseFacility returns the facility with a name. The error is that the name is unknown.
func parseFacility(name string) (syslog.Priority, error) {
	if name == "" || name == "none" {
		return noFacility, nil
	}
	facility, ok := facilities[name]
	if !ok {
		return noFacility, fmt.Errorf("syslog: no such facility: %s", name)
	}
	return facility, nil
}

// redial is how long to wait before connecting to an unreachable system log again. A
// machine without one can still serve mail.
const redial = time.Second

var errNoSyslog = errors.New("syslog: cannot be reached")

// systemLog is the sink that writes to the machine's system log.
type systemLog struct {
	facility syslog.Priority
	to       *syslog.Writer // nil while it cannot be reached
	next     time.Time      // when to try again
}

func (s *systemLog) write(e *event) error {
	if s.to == nil && !s.dial() {
		return errNoSyslog
	}
	send := s.to.Debug
	switch Priority(e.level) {
	case 3:
		send = s.to.Err
	case 4:
		send = s.to.Warning
	case 6:
		send = s.to.Info
	}
	// The writer itself tries to connect again before it returns an error.
	return send(string(e.line))
}

// dial connects. It reports whether this succeeded.
func (s *systemLog) dial() bool {
	now := time.Now()
	if now.Before(s.next) {
		return false
	}
	s.next = now.Add(redial)
	to, err := syslog.New(s.facility|syslog.LOG_INFO, "tpops")
	if err != nil {
		return false
	}
	s.to = to
	return true
}

// Close closes the connection.
func (s *systemLog) Close() error {
	if s.to == nil {
		return nil
	}
	return s.to.Close()
}
