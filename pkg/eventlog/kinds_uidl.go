package eventlog

// uidlKinds are the events of UIDLs that would change.
var uidlKinds = []Kind{
	{
		Event: "mailbox refused", ID: "563e49d6f0ce48529490e6caf9564e26",
		Levels: levels(warn), always: "maildir reason fix error user", often: "errno",
		Meaning: Text{
			"A mailbox is refused until the operator acts. Once an hour for each mailbox and reason, in each process. Reasons: uidl-mismatch, uidl-change, uid, path, rights.",
			"管理者が対処するまで、\nメールボックスを開くことを拒否する。\n各プロセスで、\nメールボックスと理由ごとに 1 時間に 1 回記録する。\n理由は uidl-mismatch、uidl-change、uid、path、rights のいずれか。",
		},
		Subject: Text{
			"The mailbox @TPOPS_MAILDIR@ is refused (@TPOPS_REASON@)",
			"メールボックス @TPOPS_MAILDIR@ を開くことを拒否しました (@TPOPS_REASON@)",
		},
		Explanation: Text{`@TPOPS_USER@ has the right password, but cannot log in until this is
solved (reason: @TPOPS_REASON@):

@TPOPS_ERROR@

Run this command, or set this parameter:
@TPOPS_FIX@

uidl-mismatch: the list of the server before was not imported. uidl-change:
messages would get other UIDLs than before. uid: the owner is below first-uid.
path: mail-roots does not have the path, or a directory is missing. rights: the
owner of the mail may not read or write there; the command shows which directory.`,
			`@TPOPS_USER@ のパスワードは正しいのですが、次の問題が解決するまでログインできません
(理由: @TPOPS_REASON@)。

@TPOPS_ERROR@

次のコマンドを実行するか、パラメータを設定してください。
@TPOPS_FIX@

uidl-mismatch: 以前のサーバーの一覧が取り込まれていません。uidl-change: メッセージの
UIDL が以前と変わります。uid: 所有者の UID が first-uid より小さい値です。path: パスが
mail-roots にないか、ディレクトリがありません。rights: メールの所有者に、読み書きする
権限がありません。コマンドで、どのディレクトリかが分かります。`},
		Pages: "tpops-maildir(7) tpopsctl(8)",
	},
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
again. To serve the new UIDLs instead, run the command "tpopsctl accept" at the
end of the error.
To find all such mailboxes: tpopsctl tripwire --all`,
			`@TPOPS_MAILDIR@ のメッセージの UIDL が、前回の
ログインのときと変わろうとしています。

@TPOPS_ERROR@

ログインは [SYS/TEMP] で拒否しました。クライアントは手元のメールを保ち、後でもう一度
試みます。

よくある原因は次のとおりです。tpops_uidl または他のサーバーの一覧を削除したか、古い
バックアップから復元した。maildir-uidl、maildir-uidl-format または
maildir-uidl-convert を変えた。プログラムがすべてのメッセージのファイル名を変えた。
元に戻せば、ログインできるようになります。新しい UIDL を使うには、エラーの最後にある
コマンド tpopsctl accept を実行してください。
このようなメールボックスをすべて見つけるには: tpopsctl tripwire --all`},
		Pages: "tpops-maildir(7) tpopsctl(8)",
	},
}
