package eventlog

// logKinds are the events of the log itself.
var logKinds = []Kind{
	{
		Event: "log records lost", ID: "2b7efebd5e9b4124b6f7f09141123012",
		Levels: levels(warn), always: "records", often: "session",
		Meaning: Text{
			"Log records were lost, because the log was too slow or could not be written.",
			"ログへの書き込みが間に合わないか、できなかったため、\n記録が失われた。",
		},
		Subject: Text{
			"@TPOPS_DROPPED@ log records were lost",
			"ログの記録が @TPOPS_DROPPED@ 件失われました",
		},
		Explanation: Text{`The log was too slow, or could not be written for some time, and
@TPOPS_DROPPED@ records were lost. If a session is named here, they belong to that
session. Records of single messages are dropped first; logins and ends of
sessions wait for the log, 15 seconds without progress and 10 minutes at most.
The end of a session has the number of its lost records. No mail was lost.

If this happens often, check whether the disk with the journal is slow or full,
disable the parameters debug and log-messages, or give TPOPS its own journal
with LogNamespace= in a drop-in.`,
			`ログへの書き込みが追いつかなかったか、しばらくの間まったく書き込めなかったため、
@TPOPS_DROPPED@ 件の記録が失われました。セッションが示されていれば、その
セッションの記録です。メッセージごとの記録から先に捨てます。ログインとセッションの
終わりの記録は、書き込みが進まなければ 15 秒まで、進む間は 10 分まで待ちます。
セッションの終わりの記録には、そのセッションで失われた記録の数があります。
メールへの影響はありません。

たびたび起きる場合は、ジャーナルのあるディスクが遅くないか、空きがあるかを確かめて
ください。パラメータ debug と log-messages を無効にするか、ドロップインで
LogNamespace= を指定して TPOPS 専用のジャーナルを使うこともできます。`},
		Pages: "tpops-events(7) journald.conf(5)",
	},
	{
		Event: "log slow", ID: "b4560e8ddd484dc79be455c59360d636",
		Levels: levels(warn), always: "count duration",
		Meaning: Text{
			"Logins and ends of sessions waited for the log. Logged at most once a minute.",
			"ログインとセッションの終わりの記録が、\nログの空きを待った。\n多くても 1 分に 1 回記録される。",
		},
		Subject: Text{
			"Sessions waited for the log",
			"セッションがログを待ちました",
		},
		Explanation: Text{`The log was too slow or did not take records for some time. Records of single
messages were dropped, and @TPOPS_COUNT@ logins and ends of sessions waited for
the log. No record of these is lost unless "log records lost" follows.

If this happens often, check whether the disk with the journal is slow or full,
or disable the parameters debug and log-messages.`,
			`ログへの書き込みが追いつかなかったか、しばらくの間書き込めませんでした。
メッセージごとの記録は捨て、ログインとセッションの終わりの記録 @TPOPS_COUNT@ 件は
書き込みを待ちました。"log records lost" の記録がなければ、待った記録は
失われていません。

たびたび起きる場合は、ジャーナルのあるディスクが遅くないか、空きがあるかを確かめる
か、パラメータ debug と log-messages を無効にしてください。`},
		Pages: "tpops-events(7) journald.conf(5)",
	},
	{
		Event: "log write failed", ID: "555eb7619c4f47a9bc0cc0ae94b72397",
		Levels: levels(fault), always: "error", often: "errno",
		Meaning: Text{
			"A line could not be written to the access log or the error log.",
			"アクセスログまたはエラーログに\n行を書けなかった。",
		},
		Subject: Text{
			"The access log or error log could not be written",
			"アクセスログまたはエラーログに書き込めません",
		},
		Explanation: Text{`A line could not be written to the file in access-log or error-log. At most the
beginning of it is there:

@TPOPS_ERROR@

Free space on the file system, or correct the path or its permissions, and run
"systemctl reload tpops.service".`,
			`パラメータ access-log または error-log のファイルに書き込めなかった行があります。
ファイルには、その行の先頭の一部しか残っていないか、まったく残っていません。

@TPOPS_ERROR@

ファイルシステムの空きを増やすか、パスまたはアクセス権を直して
"systemctl reload tpops.service" を実行してください。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "debug", ID: "f89425390d0b4bd9b3dbbf18e45744fc",
		Levels: levels(debug), always: "session remote", often: "forwarded user tls command response",
		Meaning: Text{
			"A command or a response. Logged if debug is on.",
			"コマンドまたは応答 (debug がオンのとき)。",
		},
		Subject: Text{
			"A command or response in a session",
			"セッションでのやり取り",
		},
		Explanation: Text{`A command of the client at @TPOPS_REMOTE@, or the first line of the response:

@MESSAGE@

Passwords are masked. These events are logged because the parameter debug is
on. Disable it when you no longer need them.`,
			`@TPOPS_REMOTE@ のクライアントからのコマンド、またはそれに対する応答の最初の行です。

@MESSAGE@

パスワードは伏せてあります。この記録はパラメータ debug が有効なために残されて
います。確認が終わったら無効にしてください。`},
		Pages: "tpops.toml(5)",
	},
}
