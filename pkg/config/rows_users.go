package config

import (
	"slices"
	"time"
)

func (c *Config) users() []Param {
	return []Param{
		{Name: "auth-type", Default: "passwd", value: choices(&c.Users.AuthType, "passwd", "mysql", "passwd-file", "pam", "dovecot"),
			Brief:    "Users: passwd, mysql, passwd-file, pam or dovecot",
			Help:     "User database. passwd: the users of the system. mysql: a MySQL table. passwd-file: a file with lines login:password:uid:gid:gecos:home:extra. pam: the users of the system, checked with PAM. dovecot: the users of a running Dovecot. If several are listed, separated by commas, the first one that contains the user decides.",
			Japanese: "ユーザーをどこから得るか。\nシステムのユーザー、MySQL の表、\nlogin:password:uid:gid:gecos:home:extra\nという行からなるファイル、\nPAM によるシステムのユーザー、\nまたは動作中の Dovecot のユーザー。\nコンマで区切って複数書くと、\nそのユーザーを知っている最初のものが判断する。"},
		{Name: "first-uid", Default: "1000", Restart: true, Only: only("mailbox-type", "maildir"), value: count(&c.Users.FirstUID, 1, 1<<31-1),
			Help:     "Minimum user id of a mailbox owner. The daemon's own user id is always allowed.",
			Japanese: "メールボックスの所有者の最小のユーザー ID。\nデーモン自身のユーザー ID はつねに許される。"},
		{Name: "passwd-file", Default: none, Optional: true, Required: true, Only: only("auth-type", "passwd-file"),
			value:    path(&c.Users.PasswdFile),
			Brief:    "Password file for auth-type passwd-file",
			Help:     "Password file.",
			Japanese: "ユーザーのファイル。"},
		{Name: "apop-passwd-file", Default: none, Optional: true, Only: append(only("auth-type", "passwd"), only("mailbox-type", "maildir")...),
			value:    path(&c.Users.APOPPasswdFile),
			Help:     "File of login names and plain passwords for APOP, written by tpops_passwd. APOP is offered if it is set.",
			Japanese: "APOP のための、ログイン名と平文パスワードのファイル。\ntpops_passwd で作る。\n指定すると APOP が使えるようになる。"},
		{Name: "pam-service", Default: "tpops", Only: only("auth-type", "pam"), value: text(&c.PAM.Service, checkFileName),
			Help:     "PAM service: the name of a file in /etc/pam.d.",
			Japanese: "利用する PAM のサービス。\n/etc/pam.d にあるファイルの名前。"},
		{Name: "pam-timeout", Default: "10", Only: only("auth-type", "pam"), value: duration(&c.PAM.Timeout, leastWait, 10*time.Minute),
			Help:     "Maximum wait for PAM. After this time the process is killed.",
			Japanese: "PAM を待つ時間。\nこれより長くかかるプロセスは終了させる。"},
		{Name: "pam-calls", Default: "16", Restart: true, Only: only("auth-type", "pam"), value: count(&c.PAM.Calls, 1, 1000),
			Help:     "Maximum number of PAM processes at the same time.",
			Japanese: "PAM を同時に利用するプロセスの最大数。"},
		{Name: "auth-cache", Default: "0", Only: slices.Concat(unless("inetd", "yes"), unless("parallel-type", "fork"), only("mailbox-type", "maildir")), value: duration(&c.Users.Cache, 0, 24*time.Hour),
			Help:     "Time for which the same password is accepted again without asking the user database. An old password, or a disabled user, stays valid for up to this time. 0 disables the cache.",
			Japanese: "ユーザーデータベースに問い合わせずに\n同じパスワードを再び受け付ける時間。\n変更前のパスワードや、利用を止められたユーザーも、\n最長でこの時間だけ有効である。\n0 ではキャッシュを使わない。"},
		{Name: "auth-cache-size", Default: "10000", Only: unless("auth-cache", "0"), value: count(&c.Users.CacheSize, 1, 10_000_000),
			Help:     "Maximum number of users in the cache.",
			Japanese: "キャッシュするユーザーの最大数。"},
		{Name: "auth-cache-stale", Default: "0", Only: unless("auth-cache", "0"), value: duration(&c.Users.CacheStale, 0, 30*24*time.Hour),
			Help:     "Additional time for which a cached login is accepted while the user database is unreachable.",
			Japanese: "ユーザーデータベースに接続できないあいだ、\nauth-cache の時間に加えて、\nキャッシュされたログインを受け付ける時間。"},
	}
}
