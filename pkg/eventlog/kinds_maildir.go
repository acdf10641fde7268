package eventlog

// maildirKinds are the events of Maildirs.
var maildirKinds = []Kind{
	{
		Event: "Maildir missing", ID: "bcc89fbf86a74c78ae935044daac2f9d",
		Levels: levels(warn), always: "maildir", often: "user",
		Meaning: Text{
			"The Maildir of the user does not exist. The client sees an empty mailbox.",
			"ユーザーの Maildir があるべき場所にない。\nクライアントにはメッセージがないように見える。",
		},
		Subject: Text{
			"The Maildir @TPOPS_MAILDIR@ does not exist",
			"@TPOPS_MAILDIR@ に Maildir がありません",
		},
		Explanation: Text{`A user logged in, but the Maildir @TPOPS_MAILDIR@ does not exist. The client sees
an empty mailbox.

This is normal for a user who never received mail: the first delivery creates
the Maildir. If many users are affected, the path is wrong. Check the parameter
maildir or the entry in the user database, and that the file system is mounted.`,
			`ログインしたユーザーのメールボックスは @TPOPS_MAILDIR@ にあるはずですが、何も
ありません。クライアントには空のメールボックスとして見えています。

まだメールを受け取ったことのないユーザーであれば正常です。Maildir は最初の
メッセージが配送されるときに作られます。多くのユーザーで起きる場合はパスが誤って
います。パラメータ maildir、またはユーザーのデータベースやファイルの該当する欄を
確認し、ファイルシステムがマウントされていることを確かめてください。`},
		Pages: "tpops-maildir(7) tpops-users(7)",
	},
	{
		Event: "messages left out", ID: "e425e439d25f4d9ea6f606044cf8df79",
		Levels: levels(warn), always: "maildir files error", often: "user errno",
		Meaning: Text{
			"New messages are not shown yet, because they could not be added to the list of UIDLs of the other server (maildir-uidl).",
			"maildir-uidl で使う他のサーバーの UIDL の一覧に加えられなかったので、\n新しいメッセージをまだ見せていない。",
		},
		Subject: Text{
			"New messages in @TPOPS_MAILDIR@ are not shown yet",
			"@TPOPS_MAILDIR@ の新しいメッセージをまだ見せていません",
		},
		Explanation: Text{`maildir-uidl makes TPOPS take UIDLs from the list of another server, and
@TPOPS_FILES@ messages in @TPOPS_MAILDIR@ could not be added to it:

@TPOPS_ERROR@

The other messages are served. The next login tries again; so does the other
server when it opens the mailbox. If the event repeats, check that the list
belongs to the owner of the mailbox, and that the disk is not full. Dovecot
renames one of several files with the same unique name when it opens the mailbox.`,
			`maildir-uidl の設定により、TPOPS は他のサーバーの一覧から UIDL を得ています。
@TPOPS_MAILDIR@ の @TPOPS_FILES@ 個のメッセージをこの一覧に加えられませんでした。

@TPOPS_ERROR@

ほかのメッセージのサービスには影響ありません。次のログインのとき、または他のサーバー
がメールボックスを開くときに、もう一度試みます。繰り返し起きる場合は、一覧の所有者が
メールボックスの所有者であること、ディスクに空きがあることを確かめてください。
同じ固有名を持つ複数のファイルがある場合は、Dovecot がメールボックスを開くときに
その一つの名前を変えます。`},
		Pages: "tpops-maildir(7)",
	},
	{
		Event: "deleted messages not kept", ID: "8f0672960a5848f6b0741390e696bd5e",
		Levels: levels(warn), always: "maildir files error", often: "user errno",
		Meaning: Text{
			"Messages that a client deleted were removed at once, because they could not be kept for keep-deleted.",
			"クライアントが削除したメッセージを\nkeep-deleted に従って保てなかったので、すぐに消した。",
		},
		Subject: Text{
			"Deleted messages in @TPOPS_MAILDIR@ were not kept",
			"@TPOPS_MAILDIR@ の削除されたメッセージを保てませんでした",
		},
		Explanation: Text{`A client deleted messages. @TPOPS_FILES@ files could not be moved to the
directory tpops_deleted in @TPOPS_MAILDIR@, and were removed:

@TPOPS_ERROR@

tpopsctl undo cannot put them back. Check that the disk is not full, and that
tpops_deleted is a directory that belongs to the owner of the mailbox, on the
same file system.`,
			`クライアントがメッセージを削除しました。@TPOPS_MAILDIR@ のディレクトリ
tpops_deleted に移せなかった @TPOPS_FILES@ 個のファイルは消しました。

@TPOPS_ERROR@

tpopsctl undo では元に戻せません。ディスクに空きがあること、tpops_deleted が
メールボックスの所有者のディレクトリで、同じファイルシステムにあることを確かめて
ください。`},
		Pages: "tpops-maildir(7) tpops.toml(5)",
	},
	{
		Event: "deleted messages put back", ID: "e644c6d089bd47a7bb03dfa0c80b553e",
		Levels: levels(info), always: "maildir files uid", often: "user session",
		Meaning: Text{
			"An operator has put messages that clients had deleted back into the mailbox with tpopsctl undo. session is that of --session.",
			"管理者が tpopsctl undo で、クライアントが削除したメッセージを\nメールボックスに戻した。\nsession は --session で指定したもの。",
		},
		Subject: Text{
			"@TPOPS_FILES@ deleted messages in @TPOPS_MAILDIR@ were put back",
			"@TPOPS_MAILDIR@ に削除されたメッセージを @TPOPS_FILES@ 個戻しました",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ has put @TPOPS_FILES@ messages back into the
mailbox @TPOPS_MAILDIR@ with tpopsctl undo. Clients had deleted them, and
keep-deleted had kept them.

No action is required.`,
			`ID @TPOPS_UID@ のユーザーが、tpopsctl undo で @TPOPS_FILES@ 個のメッセージを
メールボックス @TPOPS_MAILDIR@ に戻しました。クライアントが削除し、keep-deleted に
従って保たれていたものです。

対処は必要ありません。`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "Maildir problem", ID: "aa3e77eeff4f40179debb372c15cd8f1",
		Levels: levels(warn), always: "maildir", often: "user directory file files lines octets error errno",
		texts: []string{
			"Maildir subdirectory missing",
			"seen flag not set",
			"seen flags not set",
			"message size not read",
			"renamed copies of deleted messages not checked",
			"maildirsize not updated",
			"lock file not locked, only the directory",
			"directory locked by another program, only the lock file is locked",
			"update interrupted",
			"tpops_uidl has invalid lines",
			"stale lock removed",
			"lock file not marked",
			"tpops_uidl ignored, since maildir-uidl-convert is no",
			"lock file not made",
			"tpops_served ignored",
			"tpops_served not written",
			"tpops_broken not written",
			"tpops_unfinished not written",
		},
		Meaning: Text{
			"There is a problem with a Maildir. Its mail is still served.",
			"Maildir の中に正しくないところがある。\nメールの配信は続ける。",
		},
		Subject: Text{
			"There is a problem with the Maildir @TPOPS_MAILDIR@",
			"@TPOPS_MAILDIR@ の Maildir に問題があります",
		},
		Explanation: Text{`There is a problem with the Maildir @TPOPS_MAILDIR@:

@MESSAGE@

Its mail is still served, and no message was lost.

Check that the directory tmp exists, that all files in the Maildir belong to the
owner of the mailbox, and that the file system is neither full nor read-only.`,
			`@TPOPS_MAILDIR@ の Maildir に次の問題があります。

@MESSAGE@

メールのサービスには影響がなく、メッセージは失われていません。

ディレクトリ tmp があること、Maildir の中のすべてのファイルの所有者がメールボックス
の所有者であること、ファイルシステムに空きがあり、読み取り専用でないことを確かめて
ください。`},
		Pages: "tpops-maildir(7)",
	},
	{
		Event: "unreadable messages found", ID: "b1957696a0d94c1db03175e66cf877a2",
		Levels: levels(warn), always: "maildir files file error", often: "user",
		Meaning: Text{
			"A Maildir has messages that are encrypted, or compressed and damaged. They are listed, but not sent. The event names the first.",
			"Maildir に、暗号化されているか、\n圧縮されていて壊れているメッセージがある。\n一覧には含めるが、送信しない。\n最初のものだけを記す。",
		},
		Subject: Text{
			"@TPOPS_FILES@ messages in @TPOPS_MAILDIR@ cannot be decoded",
			"@TPOPS_MAILDIR@ に、デコードできないメッセージが @TPOPS_FILES@ 通あります",
		},
		Explanation: Text{`@TPOPS_FILES@ messages in the Maildir @TPOPS_MAILDIR@ are encrypted, or compressed
and damaged. The first of them is:

@TPOPS_ERROR@

They are listed, but not sent, and no client can delete them. All other messages
are served.

Another mail server has written the files. If they are encrypted (mail_crypt of
Dovecot), have that server decrypt the mailbox. Restore damaged files from a
backup, or move them out of the Maildir.`,
			`Maildir @TPOPS_MAILDIR@ の @TPOPS_FILES@ 通のメッセージは、暗号化されているか、
圧縮されていて壊れています。最初のものは次のとおりです。

@TPOPS_ERROR@

一覧には含まれますが、送信されず、クライアントからは削除できません。ほかの
メッセージは通常どおり配信します。

ファイルを書いたのは別のメールサーバーです。暗号化されている場合 (Dovecot の
mail_crypt) は、そのサーバーでメールボックスを復号してください。壊れているファイルは、
バックアップから復元するか、Maildir の外へ移してください。`},
		Pages: "tpops-maildir(7) tpops-protocol(7)",
	},
}
