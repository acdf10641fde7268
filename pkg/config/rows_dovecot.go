package config

import (
	"time"
)

func (c *Config) dovecot() []Param {
	dovecot := append(only("auth-type", "dovecot"), only("mailbox-type", "maildir")...)
	return []Param{
		{Name: "dovecot-auth-socket", Default: "/run/dovecot/auth-client", Only: dovecot, value: path(&c.Dovecot.AuthSocket),
			Help:     "Socket of Dovecot that checks passwords.",
			Japanese: "パスワードを検査する Dovecot のソケット。"},
		{Name: "dovecot-userdb-socket", Default: "/run/dovecot/auth-userdb", Only: dovecot, value: path(&c.Dovecot.UserdbSocket),
			Help:     "Socket of Dovecot that returns the owner and the mailbox of a user.",
			Japanese: "ユーザーの所有者とメールボックスを返す\nDovecot のソケット。"},
		{Name: "dovecot-timeout", Default: "30s", Only: dovecot, value: duration(&c.Dovecot.Timeout, leastWait, 10*time.Minute),
			Help:     "Maximum wait for a reply from Dovecot. Dovecot delays the reply to a wrong password (auth_failure_delay).",
			Japanese: "Dovecot の応答を待つ時間。\nDovecot は誤ったパスワードへの応答を遅らせる\n(auth_failure_delay)。"},
	}
}
