package eventlog

// mailboxKinds are the events of errors in sessions and mailboxes.
var mailboxKinds = []Kind{
	{
		Event: "session error", ID: "5861ac980646462c87eec0fe21f715fb",
		Levels: levels(warn, fault), always: "session remote error", often: "forwarded user tls errno",
		Meaning: Text{
			"A system error occurred in a session. The client received only a short error reply without the cause.",
			"セッションの途中でシステムのエラーが起きた。\nクライアントには、\nエラーがあったことだけを伝えている。",
		},
		Subject: Text{
			"A system error occurred in a session",
			"セッション中にシステムのエラーが起きました",
		},
		Explanation: Text{`A system error occurred in a session from @TPOPS_REMOTE@:

@TPOPS_ERROR@

The client received an error reply without the cause. No message was lost.

Remove the cause in the error: permissions, a full or damaged disk, a limit
that was reached. To see the whole session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`,
			`@TPOPS_REMOTE@ からのセッションでエラーが起きました。

@TPOPS_ERROR@

クライアントには、エラーが起きたことだけを伝えました。メッセージは失われていません。

エラーの示す原因 (アクセス権、ディスクの空き不足や故障、上限への到達など) を取り
除いてください。このセッションのすべての記録を見るには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`},
		Pages: "tpops-events(7) tpops-maildir(7)",
	},
	{
		Event: "accept failed", ID: "af68cc5ea58d4bb380ac7586c319345f",
		Levels: levels(fault), always: "error wait", often: "errno",
		Meaning: Text{
			"A connection could not be accepted.",
			"接続を受け付けられなかった。",
		},
		Subject: Text{
			"A connection could not be accepted",
			"接続を受け付けられませんでした",
		},
		Explanation: Text{`A client connected, but the connection could not be accepted:

@TPOPS_ERROR@

The daemon retries. Meanwhile clients wait.

"too many open files" means that LimitNOFILE= of tpops.service is too low for
the number of connections that max-servers allows.`,
			`クライアントが接続しましたが、受け付けられませんでした。

@TPOPS_ERROR@

デーモンは自動的に再試行します。その間、クライアントは待たされます。

"too many open files" の場合は、パラメータ max-servers で許している接続数に対して、
tpops.service の LimitNOFILE= が小さすぎます。`},
		Pages: "tpops.toml(5) tpops-systemd(7)",
	},
	{
		Event: "login hook failed", ID: "d649dbb8589a413eafdda436758038de",
		Levels: levels(warn, fault), always: "error", often: "session remote user",
		texts: []string{"login hook failed", "login hook disabled"},
		Meaning: Text{
			"The program in login-hook failed or could not be started. The session continued.",
			"login-hook のプログラムが失敗したか、起動できなかった。\nセッションは続いた。",
		},
		Subject: Text{
			"The login-hook program failed",
			"login-hook のプログラムが失敗しました",
		},
		Explanation: Text{`The program in login-hook, which is started at each login, failed, took longer
than login-hook-timeout, or could not be started:

@TPOPS_ERROR@

Sessions are not affected. To test the program, run it as the daemon's user,
with the environment variables described in the manual. The restrictions of the
service also apply to the program; for example, it cannot write outside the
allowed directories.`,
			`ログインのたびに起動される login-hook のプログラムが、エラーで終わったか、
login-hook-timeout より長くかかったか、起動できませんでした。
@TPOPS_ERROR@

セッションには影響ありません。マニュアルにある環境変数を設定し、デーモンのユーザーで
プログラムを手で動かしてみてください。
サービスに許されていないこと (決められたディレクトリの外への書き込みなど) は、
起動されたプログラムにも許されません。`},
		Pages: "tpops.toml(5) tpops-users(7)",
	},
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
