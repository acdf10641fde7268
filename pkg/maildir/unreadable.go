package maildir

import "log/slog"

// unreadables are the messages that turned out to be unreadable when they were
// measured. There is one record for all of them: a mailbox may have thousands.
type unreadables struct {
	count int
	file  string // of the first
	why   error
}

// note takes a message that was measured, if why is an error.
func (u *unreadables) note(file string, why error) {
	if why == nil {
		return
	}
	if u.count++; u.count == 1 {
		u.file, u.why = file, why
	}
}

// log writes the record.
func (u *unreadables) log(log func() *slog.Logger) {
	if u.count > 0 {
		log().Warn("unreadable messages found", "files", u.count, "file", u.file, "error", u.why)
	}
}
