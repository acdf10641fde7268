package config

import (
	"slices"
	"time"
)

// maxKeepDeleted is the longest time for which deleted messages are kept.
const maxKeepDeleted = 3660 * 24 * time.Hour

func (c *Config) maildir() []Param {
	maildir := only("mailbox-type", "maildir")
	rows := []Param{
		{Name: "mailbox-type", Default: "maildir", Restart: true, value: choice(&c.Mailbox.Type, "maildir", "proxy"),
			Help:     "Where the mail is: in Maildirs or on another POP server.",
			Japanese: "メールのある場所。\nMaildir、または別の POP サーバー。"},
		{Name: "maildir", Default: "Maildir", Only: append(only("auth-type", "passwd", "passwd-file", "pam", "dovecot"), maildir...),
			value:    text(&c.Mailbox.Maildir, checkBelow),
			Brief:    "Maildir, relative to the home directory",
			Help:     "Path of the Maildir, relative to the home directory.",
			Japanese: "Maildir。ホームディレクトリからの相対パスで書く。"},
		{Name: "mail-roots", Default: none, Optional: true, Restart: true, Only: maildir,
			value:    paths(&c.Mailbox.Roots),
			Help:     "Directories that contain all mailboxes: absolute paths, separated by commas. If set, the kernel denies the server access to all other directories, except those for its configuration and logs.",
			Japanese: "すべてのメールボックスを収めるディレクトリ。\n絶対パスをコンマで区切って並べる。\n指定すると、サーバーが設定などを読みログを書くところを除き、\nほかのディレクトリへのアクセスをカーネルが禁じる。"},
		{Name: "maildir-use-filesize", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.UseFilesize),
			Help:     "Use the size of the file as the size of the message. This may violate the RFC.",
			Japanese: "ファイルのサイズをメッセージのサイズとする。\nRFC に反することがある。"},
		{Name: "maildir-extended", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.Extended),
			Help:     "Use S=number in the file name as the size of the message. Takes precedence over maildir-use-filesize. This may violate the RFC.",
			Japanese: "ファイル名の S=数値 をメッセージのサイズとする。\nmaildir-use-filesize より優先する。\nRFC に反することがある。"},
		{Name: "maildir-lock", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.Lock),
			Help:     "Lock the mailbox: while a session uses it, further logins to the same mailbox are rejected.",
			Japanese: "メールボックスをロックする。\nログインしている間は、\n同じメールボックスを使う他のログインを受け付けない。"},
		lockTakeover(c, maildir),
	}
	return slices.Concat(rows, c.maildirUIDL(maildir), []Param{
		{Name: "keep-deleted", Default: "0", Only: maildir, value: duration(&c.Mailbox.KeepDeleted, 0, maxKeepDeleted),
			Help:     "How long messages that clients delete are kept in the directory tpops_deleted of the Maildir, for example 7d. tpopsctl undo puts them back. Enable tpops-expire-deleted.timer to remove them after that time. They use disk space and count for disk quotas. 0 removes messages at once.",
			Japanese: "クライアントが削除したメッセージを、Maildir の中の\nディレクトリ tpops_deleted に保つ時間。たとえば 7d。\ntpopsctl undo で元に戻せる。\nその時間の後に消すには\ntpops-expire-deleted.timer を有効にする。\nディスクを使い、ディスククォータに数えられる。\n0 ではすぐに消す。"},
		{Name: "mailbox-cache", Default: "67108864", Only: append(only("parallel-type", "thread"), maildir...),
			value:    count(&c.Mailbox.Cache, 0, 1<<40),
			Help:     "Memory in octets for the lists of messages of mailboxes. An unchanged mailbox in this cache is opened without reading it. A message needs about 100 octets. 0 disables the cache.",
			Japanese: "メールボックスのメッセージの一覧を保つメモリ (オクテット)。\nここにあるメールボックスは、変わっていなければ、\n読まずに開く。\n1 つのメッセージに約 100 オクテットを使う。\n0 では保たない。"},
		{Name: "mailbox-cache-network", Default: "no", Only: maildir, value: yesNo(&c.Mailbox.CacheNetwork),
			Help:     "Use mailbox-cache and the file tpops_index for unchanged mailboxes on network file systems too. The clocks of all hosts must agree within a second.",
			Japanese: "変わっていないメールボックスに mailbox-cache と\nファイル tpops_index を使うことを、\nネットワークファイルシステムでも行う。\nすべてのホストの時計のずれが 1 秒以内でなければならない。"},
	})
}

// lockTakeover returns the parameter of sessions that end for another login.
func lockTakeover(c *Config, maildir []Condition) Param {
	return Param{Name: "lock-takeover", Default: "120", Only: maildir, value: duration(&c.Mailbox.LockTakeover, 0, mostWait),
		Help:     "A login to a locked mailbox ends the other session, without deleting messages, if its client is gone or has sent no command for longer than this time. 0 disables this. Requires maildir-lock. Two daemons do not end each other's sessions.",
		Japanese: "ロックされたメールボックスへのログインは、\n他のセッションのクライアントが失われたか、\nこの時間より長くコマンドを送っていなければ、\nメッセージを削除せずにそのセッションを終わらせる。\n0 では終わらせない。\nmaildir-lock が有効である必要がある。\n2 つのデーモンは、互いのセッションを終わらせない。"}
}
