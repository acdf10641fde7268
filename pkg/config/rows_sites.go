package config

import (
	"fmt"
	"strconv"
	"time"
)

// sites are the parameters of what a site asks of its users (RFC 2449).
func (c *Config) sites() []Param {
	return []Param{
		{Name: "login-delay", Default: "0", Only: append(unless("inetd", "yes"), only("parallel-type", "thread")...), value: duration(&c.Protocol.LoginDelay, 0, 24*time.Hour),
			Help: "Least time between two logins of one user, as CAPA announces it; two may follow each other at once. 0 is none."},
		{Name: "expire", Default: none, Optional: true, Only: only("mailbox-type", "maildir"), value: text(&c.Protocol.Expire, checkExpire),
			Help: "After how many days messages may be removed, as CAPA announces it, or never. At QUIT messages are removed that a client has retrieved, now or earlier, and whose files have not changed for so long; with 0 all that this session has retrieved. Others stay. If it is not set none are removed, and nothing is announced."},
	}
}

func checkExpire(s string) error {
	if n, err := strconv.ParseUint(s, 10, 32); s != "never" && (err != nil || n > 100_000 || strconv.FormatUint(n, 10) != s) {
		return fmt.Errorf("must be a number of days from 0 to 100000, or never, not %s", show(s))
	}
	return nil
}
