package logincheck

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/rights"
)

// mailbox opens the mailbox and closes it again.
func (r *run) mailbox() error {
	if r.Config.Mailbox.Type == "proxy" {
		return r.remote()
	}
	start := time.Now()
	mailbox, err := r.Open(r.ctx, r.account, &pop3.Client{TLS: true})
	if err != nil {
		r.step("mailbox", StatusFailed, err.Error())
		return err
	}
	list := mailbox.Listing()
	r.step("mailbox", statusOK, fmt.Sprintf("lock free, %d messages, %d octets, opened in %v", list.Len(), list.Octets(), since(start)))
	r.index()
	return mailbox.Close()
}

// index reports the state of the index.
func (r *run) index() {
	var stat unix.Stat_t
	err := rights.Owner(r.account).Do(func() error {
		return unix.Lstat(filepath.Join(r.account.Maildrop, "tpops_index"), &stat)
	})
	switch {
	case errors.Is(err, unix.ENOENT):
		r.step("index", statusOK, "none yet: a login of a mailbox with many messages writes it")
	case err != nil:
		r.step("index", statusWarning, err.Error())
	default:
		r.step("index", statusOK, fmt.Sprintf("%d octets, written %s", stat.Size, time.Unix(stat.Mtim.Unix()).Format(time.RFC3339)))
	}
}

// remote reports the server of a proxy, and logs in there with a password.
func (r *run) remote() error {
	target := r.account.PopServer
	if target == "" {
		target = strings.Join(r.Config.Proxy.Server, ",")
	}
	if r.question.Password == nil {
		r.step("server", statusOK, target)
		return fmt.Errorf("%s decides: %w", target, errUndecided)
	}
	mailbox, err := r.Open(r.ctx, r.account, &pop3.Client{TLS: true, Password: *r.question.Password})
	if err != nil {
		r.step("server", StatusFailed, target+": "+err.Error())
		return err
	}
	list := mailbox.Listing()
	r.step("server", statusOK, fmt.Sprintf("%s: %d messages, %d octets", target, list.Len(), list.Octets()))
	return mailbox.Close()
}

// since returns a duration for a person.
func since(start time.Time) string { return ShortTime(time.Since(start)) }

// ShortTime returns a duration with three digits, in the units us, ms and s.
func ShortTime(d time.Duration) string {
	switch {
	case d < 999500*time.Nanosecond: // It is rounded to less than 1000.
		return fmt.Sprintf("%.3g us", float64(d)/float64(time.Microsecond))
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// fixOf returns the command that helps with the error of a Maildir, "" if there is none.
func fixOf(err error, path string) string {
	why, is := maildir.RefusalOf(err, path)
	if !is {
		return ""
	}
	return why.Fix
}
