package eventlog

// mailboxKinds are the events of errors around sessions and mailboxes.
var mailboxKinds = []Kind{
	{
		Event: "session error", ID: "5861ac980646462c87eec0fe21f715fb",
		Levels: levels(warn, fault), always: "session remote error", often: "forwarded user tls errno",
		Meaning: Text{
			"A system error occurred in a session. The client received only a short error reply without the cause; after a failed UIDL the connection was closed.",
			"セッションの途中でシステムのエラーが起きた。\nクライアントには、\nエラーがあったことだけを伝えている。\nUIDL が失敗したときは、応答せずに接続を閉じている。",
		},
		Subject: Text{
			"A system error occurred in a session",
			"セッション中にシステムのエラーが起きました",
		},
		Explanation: Text{`A system error occurred in a session from @TPOPS_REMOTE@:

@TPOPS_ERROR@

The client received an error reply without the cause. If UIDL failed, the connection
was closed instead, so that the client does not fetch all messages again. No message
was lost.

Remove the cause in the error: permissions, a full or damaged disk, a limit
that was reached. To see the whole session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`,
			`@TPOPS_REMOTE@ からのセッションでエラーが起きました。

@TPOPS_ERROR@

クライアントには、エラーが起きたことだけを伝えました。UIDL が失敗したときは、クライアント
がすべてのメッセージを取り直さないように、応答せずに接続を閉じました。メッセージは失われて
いません。

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
}
