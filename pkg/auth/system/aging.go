package system

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"tpops/pkg/auth"
)

// shadowFields is the number of fields in a row of /etc/shadow: login, hash, last
// change, min, max, warn, inactive, expire and a reserved one (shadow(5)).
const shadowFields = 9

// The reasons why shadow(5) rejects a user. All but the first are settings of the
// administrator. A password that must be changed is rejected, because POP3 has no
// command to change it.
var (
	errAging           = errors.New("row in shadow is malformed")
	errAccountExpired  = fmt.Errorf("%w: account has expired", auth.ErrClosed)
	errMustChange      = fmt.Errorf("%w: password must be changed", auth.ErrClosed)
	errPasswordExpired = fmt.Errorf("%w: password has expired", auth.ErrClosed)
	errInactive        = fmt.Errorf("%w: password has expired and the account is inactive", auth.ErrClosed)
)

// aging returns why the account cannot be used at the given time, or nil. fields is a
// row of shadowFields. It follows pam_unix(8).
func aging(fields []string, now time.Time) error {
	today := now.Unix() / (24 * 60 * 60)
	lastChange, err1 := parseDays(fields[2])
	maximum, err2 := parseDays(fields[4])
	inactive, err3 := parseDays(fields[6])
	expire, err4 := parseDays(fields[7])
	if errors.Join(err1, err2, err3, err4) != nil {
		return errAging
	}
	switch {
	case expire >= 0 && today >= expire:
		return errAccountExpired
	case lastChange == 0:
		return errMustChange
	case lastChange < 0 || maximum < 0 || today <= lastChange+maximum:
		return nil
	case inactive >= 0 && today > lastChange+maximum+inactive:
		return errInactive
	}
	return errPasswordExpired
}

// parseDays reads a number of days. An empty field and -1 mean that it is not set. With
// 32 bits, sums cannot overflow.
func parseDays(text string) (int64, error) {
	if text == "" {
		return -1, nil
	}
	return strconv.ParseInt(text, 10, 32)
}
