package eventlog

// backendKinds are the events of POP servers, PAM, the cache and threads.
var backendKinds = []Kind{
	{
		Event: "POP server unreachable", ID: "fc193feb0b02402b9f529d24e41a7d10",
		Levels: levels(warn), always: "server error", often: "errno",
		Meaning: Text{
			"A server in pop-server is unreachable or sends no greeting. For one minute it is tried after the other servers.",
			"pop-server の POP サーバーに接続できないか、\n最初の応答がない。\n1 分のあいだ、ほかのサーバーの後に試す。",
		},
		Subject: Text{
			"The POP server @TPOPS_SERVER@ is unreachable",
			"POP サーバー @TPOPS_SERVER@ に接続できません",
		},
		Explanation: Text{`The POP server @TPOPS_SERVER@ is unreachable, sends no greeting, or has no valid
certificate:

@TPOPS_ERROR@

Logins go to the other servers in pop-server. If there is none, clients receive
[SYS/TEMP], and nothing is deleted. The server is tried again later.

Check that the server is running, that pop-server and pop-server-tls are
correct, and that the unit allows the connection (PrivateNetwork=,
IPAddressAllow=).`,
			`メールボックスのある @TPOPS_SERVER@ に接続できないか、最初の応答がないか、
有効な証明書がありません。

@TPOPS_ERROR@

ログインは pop-server のほかのサーバーに渡されます。ほかになければ [SYS/TEMP] で
答え、何も削除されません。このサーバーは後でまた試します。

サーバーが動いているか、pop-server と pop-server-tls の指定が正しいか、ユニットが
接続を許しているか (PrivateNetwork=、IPAddressAllow=) を確かめてください。`},
		Pages: "tpops-proxy(7)",
	},
	{
		Event: "client address not forwarded", ID: "b90fe77295894b259cd70c5338673e7b",
		Levels: levels(warn), always: "session server",
		Meaning: Text{
			"The POP server does not accept client addresses from this machine (pop-server-client). It treats all clients as clients from this machine.",
			"クライアントの接続元を伝えるこのマシンを、\nPOP サーバーが信頼していない\n(pop-server-client)。\nサーバーは、すべてをこのマシンからの\nクライアントとして扱う。",
		},
		Subject: Text{
			"The POP server @TPOPS_SERVER@ does not accept client addresses",
			"POP サーバー @TPOPS_SERVER@ はクライアントのアドレスを受け付けません",
		},
		Explanation: Text{`The parameter pop-server-client is xclient, but the greeting of the POP server
@TPOPS_SERVER@ does not offer [XCLIENT]. In its log and its protection against
password guessing, all clients have the address of this machine.

Configure the server to trust this machine (login_trusted_networks in Dovecot),
or set pop-server-client to a method that the server supports.`,
			`パラメータ pop-server-client は xclient ですが、POP サーバー @TPOPS_SERVER@ の
最初の応答に [XCLIENT] がありません。そのサーバーのログやパスワード推測への対策
では、すべてのクライアントがこのマシンから接続したものとして扱われます。

サーバーにこのマシンを信頼させる (Dovecot では login_trusted_networks) か、
pop-server-client をサーバーに合わせて変更してください。`},
		Pages: "tpops-proxy(7)",
	},
	{
		Event: "PAM process failed", ID: "d5d8ee4255614be4b74ccb5eed6e523f",
		Levels: levels(fault),
		Meaning: Text{
			"The process tpops_pam ended. With systemd, the next daemon process takes over the sessions.",
			"プロセス tpops_pam が終了した。\nsystemd の下では、次のデーモンがセッションを引き継ぐ。",
		},
		Subject: Text{
			"The PAM process ended",
			"PAM のプロセスが終了しました",
		},
		Explanation: Text{`The process tpops_pam, which checks users and passwords with PAM, ended. The
daemon has given up the right to start programs and cannot start it again.

With systemd, the daemon now stops, and the next process takes over its
sessions. Without systemd, existing sessions continue, but logins receive
[SYS/TEMP] until the daemon is restarted. A child of parallel-type prefork ends
after its session, and the next child starts the process again.

If this happens again, check the kernel log: the process may have been killed
because memory was short.`,
			`PAM にユーザーとパスワードを問い合わせるプロセス tpops_pam が終了しました。
デーモンはプログラムを起動する権利を手放しているため、起動し直せません。

systemd から起動されたデーモンはここで終了し、次のデーモンがセッションを
引き継ぎます。それ以外の場合、ログイン中のユーザーは引き続き利用できますが、
新たなログインにはデーモンが再起動されるまで [SYS/TEMP] と答えます。
parallel-type が prefork の子プロセスはセッションの後に終了し、次の子プロセスが
tpops_pam を起動し直します。

繰り返し起こるときは、メモリー不足などでプロセスが強制終了されていないか、
カーネルのログを確認してください。`},
		Pages: "tpops-users(7)",
	},
	{
		Event: "stale cached login accepted", ID: "4e43a10096224831b60d7af010fbefb9",
		Levels: levels(warn), always: "user age error", often: "errno",
		Meaning: Text{
			"The user database could not be read, and a login was accepted from the cache (auth-cache-stale).",
			"ユーザーデータベースを読めなかったため、\nキャッシュによってログインを認めた (auth-cache-stale)。",
		},
		Subject: Text{
			"A login of @TPOPS_USER@ was accepted from the cache",
			"@TPOPS_USER@ のログインをキャッシュによって認めました",
		},
		Explanation: Text{`The user database could not be read:

@TPOPS_ERROR@

@TPOPS_USER@ logged in with the same password @TPOPS_AGE_USEC@ microseconds
ago. While the database is unreachable, auth-cache-stale allows such logins.
A disabled user, or one with a new password, can still log in with the old one.

Repair the database. To empty the cache: "systemctl reload tpops.service".`,
			`ユーザーデータベースを読めませんでした。

@TPOPS_ERROR@

@TPOPS_USER@ は @TPOPS_AGE_USEC@ マイクロ秒前に同じパスワードでログインしています。
データベースが止まっている間は、パラメータ auth-cache-stale に従ってこのような
ログインを認めます。その間に利用を止められたユーザーや、パスワードを変えた
ユーザーも、以前のパスワードでログインできます。

データベースを復旧してください。キャッシュを空にするには
"systemctl reload tpops.service" を実行してください。`},
		Pages: "tpops-users(7) tpops.toml(5)",
	},
	{
		Event: "thread discarded", ID: "fe097a037da2405fa29afc2042caf772",
		Levels: levels(fault), always: "error", often: "errno",
		Meaning: Text{
			"A thread could not drop the rights of a mailbox owner and was discarded.",
			"スレッドがメールボックスの所有者の権限を\n手放せなかったため、そのスレッドを破棄した。",
		},
		Subject: Text{
			"A thread could not drop the rights of a mailbox owner",
			"スレッドがメールボックスの所有者の権限を手放せませんでした",
		},
		Explanation: Text{`The daemon opened a mailbox with the rights of its owner and could not drop
these rights:

@TPOPS_ERROR@

The thread only ended the session of that owner and was discarded.

This should never happen. Usually a drop-in of tpops.service forbids the system
calls setgroups, setfsuid and setfsgid, or removes CAP_SETUID or CAP_SETGID.`,
			`デーモンはメールボックスをその所有者の権限で開いたあと、元の権限に戻れません
でした。

@TPOPS_ERROR@

そのスレッドは、その所有者のセッションを終了する処理だけを行い、破棄されました。

通常は起こらない問題です。多くの場合、tpops.service のドロップインがシステムコール
setgroups、setfsuid、setfsgid を禁止しているか、CAP_SETUID または CAP_SETGID を取り
除いていることが原因です。`},
		Pages: "tpops-security(7) tpops-systemd(7)",
	},
}
