package eventlog

// uidlKinds are the events of UIDLs that would change.
var uidlKinds = []Kind{
	{
		Event: "UIDL change refused", ID: "1548ee39a6aa4737bb26445ea3891d8d",
		Levels: levels(warn), always: "maildir error", often: "user",
		Meaning: Text{
			"A login was refused, because messages that are still in the mailbox would get other UIDLs than before.",
			"まだメールボックスにあるメッセージの UIDL が以前と変わってしまうので、\nログインを拒否した。",
		},
		Subject: Text{
			"The UIDLs of @TPOPS_MAILDIR@ would change",
			"@TPOPS_MAILDIR@ の UIDL が変わろうとしています",
		},
		Explanation: Text{`A user logged in, but the messages in @TPOPS_MAILDIR@
would get other UIDLs than at the last login:

@TPOPS_ERROR@

The login was refused with [SYS/TEMP]. Clients keep the mail that they have, and
try again.

Usual causes: tpops_uidl or the list of the other server was deleted or restored
from an old backup; maildir-uidl, maildir-uidl-format or maildir-uidl-convert was
changed; a program renamed the files of all messages. Undo this, and logins work
again. To serve the new UIDLs instead:
tpopsctl accept @TPOPS_MAILDIR@
To find all such mailboxes: tpopsctl tripwire --all`,
			`@TPOPS_MAILDIR@ のメッセージの UIDL が、前回の
ログインのときと変わろうとしています。

@TPOPS_ERROR@

ログインは [SYS/TEMP] で拒否しました。クライアントは手元のメールを保ち、後でもう一度
試みます。

よくある原因は次のとおりです。tpops_uidl または他のサーバーの一覧を削除したか、古い
バックアップから復元した。maildir-uidl、maildir-uidl-format または
maildir-uidl-convert を変えた。プログラムがすべてのメッセージのファイル名を変えた。
元に戻せば、ログインできるようになります。新しい UIDL を使うには:
tpopsctl accept @TPOPS_MAILDIR@
このようなメールボックスをすべて見つけるには: tpopsctl tripwire --all`},
		Pages: "tpops-maildir(7) tpopsctl(8)",
	},
}
