package eventlog

// sessionKinds are the events of logins and sessions.
var sessionKinds = []Kind{
	{
		Event: "login", ID: "54d2d19b619442e798f4a7431dae157d",
		Levels: levels(info), always: "session remote user method messages octets waited lookup hash open", often: "forwarded tls identity server", vital: true,
		Meaning: Text{
			"A user logged in.",
			"ユーザーがログインした。",
		},
		Subject: Text{
			"@TPOPS_USER@ logged in",
			"@TPOPS_USER@ がログインしました",
		},
		Explanation: Text{`@TPOPS_USER@ logged in from @TPOPS_REMOTE@. The mailbox contains
@TPOPS_MESSAGES@ messages with a total of @TPOPS_OCTETS@ octets.

No action is required. If logins are slow, TPOPS_WAITED_USEC, TPOPS_LOOKUP_USEC,
TPOPS_HASH_USEC and TPOPS_OPEN_USEC show where the time goes. To see the whole
session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`,
			`@TPOPS_USER@ が @TPOPS_REMOTE@ からログインしました。メールボックスには
@TPOPS_MESSAGES@ 通、合計 @TPOPS_OCTETS@ オクテットのメッセージがあります。

対処は必要ありません。ログインが遅いときは、TPOPS_WAITED_USEC、TPOPS_LOOKUP_USEC、
TPOPS_HASH_USEC、TPOPS_OPEN_USEC を見れば、時間がかかった場所がわかります。
このセッションのすべての記録を見るには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`},
		Pages: "tpops-events(7)",
	},
	{
		Event: "login failed", ID: "f8323a38709d4bde8c569fba5f3ca033",
		Levels: levels(info, warn, fault), always: "session remote user method error", often: "forwarded tls identity errno", vital: true,
		Meaning: Text{
			"A login failed. Info: wrong name or password, or TLS is required. Warning: the mailbox could not be opened. Err: the user database could not be read.",
			"ログインに失敗した。\n名前かパスワードが違うか、TLS が必要なときは info、\nメールボックスを開けなかったときは warning、\nユーザーデータベースを読めなかったときは err。",
		},
		Subject: Text{
			"The login as @TPOPS_USER@ failed",
			"@TPOPS_USER@ としてのログインに失敗しました",
		},
		Explanation: Text{`A client at @TPOPS_REMOTE@ could not log in as @TPOPS_USER@:

@TPOPS_ERROR@

A wrong name or password is common. Many from one address are an attack, which
fail2ban can stop with the supplied filter. If TLS is required, enable it in
the client or allow the client in plaintext-login. All other errors are
problems of this server: the mailbox is locked by another session or cannot be
opened, or the user database does not respond.`,
			`@TPOPS_REMOTE@ のクライアントは @TPOPS_USER@ としてログインできませんでした。

@TPOPS_ERROR@

ユーザー名やパスワードの誤りは日常的に起こります。同じアドレスから何度も続く場合は
攻撃の可能性があり、fail2ban 用のフィルターで遮断できます。TLS が必要な場合は、
クライアントで TLS を使うように設定するか、plaintext-login で許可してください。
それ以外のエラーは、このサーバーの側に原因があります。ほかのセッションがメール
ボックスをロックしている、メールボックスを開けない、ユーザーデータベースが応答しない、
のいずれかです。`},
		Pages: "tpops-users(7) tpops-security(7)",
	},
	{
		Event: "session end", ID: "59b5c0ca50594d01891703a8893a0ecc",
		Levels: levels(debug, info, fault), always: "session remote reason duration retrieved deleted sent tops", often: "forwarded user messages octets unconfirmed tls error errno unlogged", vital: true,
		Meaning: Text{
			"A session ended. Debug: the client sent nothing or only QUIT. Err: a bug in TPOPS ended the session. Otherwise info.",
			"セッションが終わった。\nプログラムの不具合によるときは err、\nクライアントが何も送らないか QUIT だけを送ったときは debug、\nそれ以外は info。",
		},
		Subject: Text{
			"A session from @TPOPS_REMOTE@ ended: @TPOPS_REASON@",
			"@TPOPS_REMOTE@ からのセッションが終了しました: @TPOPS_REASON@",
		},
		Explanation: Text{`A session from @TPOPS_REMOTE@ ended with the reason "@TPOPS_REASON@". It
retrieved @TPOPS_RETRIEVED@ messages (@TPOPS_SENT@ octets) and deleted
@TPOPS_DELETED@.

Messages are deleted only if the reason is "quit". With TPOPS_UNCONFIRMED, it is
not known of so many more whether they were deleted. No action is required, except
for "internal error": that is a bug in TPOPS. Please report it with the content
of TPOPS_ERROR.`,
			`@TPOPS_REMOTE@ からのセッションが終了しました (理由: "@TPOPS_REASON@")。
受信したメッセージは @TPOPS_RETRIEVED@ 通 (@TPOPS_SENT@ オクテット)、
削除したメッセージは @TPOPS_DELETED@ 通です。

メッセージが削除されるのは、理由が "quit" の場合だけです。TPOPS_UNCONFIRMED が
あれば、ほかにその数のメッセージが、削除されたかどうかわかりません。対処は必要ありません。
ただし "internal error" は TPOPS の不具合ですので、TPOPS_ERROR の内容を添えて報告
してください。`},
		Pages: "tpops-events(7)",
	},
	{
		Event: "session rejected", ID: "9623bba9493e4228b701efab74e2c55a",
		Levels: levels(info), always: "session remote reason parameter count duration", often: "user tls",
		Meaning: Text{
			"A client was rejected because of a limit. No other event reports the end of its session.",
			"制限によりクライアントを拒否した。\nこのセッションの終わりは、ほかには記録されない。",
		},
		Subject: Text{
			"A client at @TPOPS_REMOTE@ was rejected: @TPOPS_REASON@",
			"@TPOPS_REMOTE@ のクライアントを拒否しました: @TPOPS_REASON@",
		},
		Explanation: Text{`A connection from @TPOPS_REMOTE@ was closed because of a limit: @TPOPS_REASON@
(count: @TPOPS_COUNT@). The parameter @TPOPS_PARAMETER@ sets the limit.

No action is required if the client guesses passwords or floods the server. For
legitimate clients, raise the limit. If the address belongs to a proxy, a
webmail server or a large office, add it to guard-exempt and reload.`,
			`@TPOPS_REMOTE@ からの接続を、制限により終わらせました
(理由: @TPOPS_REASON@、数: @TPOPS_COUNT@)。
この制限を定めるパラメータは @TPOPS_PARAMETER@ です。

パスワードの推測や大量の接続によるものであれば、対処は必要ありません。
正当なクライアントであれば、制限を緩めてください。プロキシ、ウェブメール、大きな
事業所などのアドレスであれば、パラメータ guard-exempt に加え、設定を読み直して
ください。`},
		Pages: "tpops-security(7) tpops.toml(5)",
	},
}
