package eventlog

// processKinds are the events of processes.
var processKinds = []Kind{
	{
		Event: "self-test failed", ID: "0eb71234cac640c5b25613bc3215e863",
		Levels: levels(warn, fault), always: "error", often: "duration errno",
		Meaning: Text{
			"The daemon's test login to itself failed. If it keeps failing, systemd restarts the daemon.",
			"デーモンが自身を確かめるためのログインに失敗した。\nこれが続くと systemd がデーモンを再起動する。",
		},
		Subject: Text{
			"The daemon's test login failed",
			"デーモンの自己診断のログインに失敗しました",
		},
		Explanation: Text{`To check that it works, the daemon regularly logs in to its own test mailbox,
as a client does. The login failed:

@TPOPS_ERROR@

If it keeps failing for the time in WatchdogSec= of tpops.service, systemd stops
and restarts the daemon.

Check for other problems at the same time: a full file system below /run/tpops,
where the mailbox is, or an overloaded machine.`,
			`デーモンは正常に動作していることを確かめるため、ときどきクライアントと同じ手順で
自分専用のメールボックスにログインします。これに失敗しました。

@TPOPS_ERROR@

失敗したまま tpops.service の WatchdogSec= の時間が過ぎると、systemd がデーモンを
終了させ、起動し直します。

同じ時刻に起きたほかの問題を調べてください。メールボックスがある /run/tpops の
ファイルシステムの空きがない、マシンの負荷が極端に高い、などが考えられます。`},
		Pages: "tpops-systemd(7)",
	},
	{
		Event: "sd_notify failed", ID: "a3b700b93ee743af97d8017418a72a9a",
		Levels: levels(warn, fault), always: "error", often: "errno",
		texts: []string{"sd_notify failed", "stored sessions not removed"},
		Meaning: Text{
			"A status message to systemd could not be sent.",
			"デーモンの状態を systemd に伝えられなかった。",
		},
		Subject: Text{
			"A status message to systemd could not be sent",
			"systemd に通知を送れませんでした",
		},
		Explanation: Text{`The daemon could not send its status to systemd:

@TPOPS_ERROR@

Mail is still served. However, systemd may consider the daemon hung, or keep
connections open that have ended.

Check that the daemon can reach /run/systemd/notify. RootDirectory= or
TemporaryFileSystem= in a drop-in may hide it.`,
			`デーモンの状態を systemd に通知できませんでした。

@TPOPS_ERROR@

メールのサービスは続いています。ただし、systemd は通知を待ち続けてデーモンが停止
したものとみなしたり、終了した接続を開いたままにしたりすることがあります。

デーモンから /run/systemd/notify に届くかどうかを確かめてください。RootDirectory=
や TemporaryFileSystem= を使ったドロップインによって隠されていることがあります。`},
		Pages: "tpops-systemd(7)",
	},
	{
		Event: "child failed", ID: "50aec21ab73740b29fce973be4bbd8af",
		Levels: levels(fault), always: "error pid", often: "wait",
		Meaning: Text{
			"A child process failed, and its session was lost. With a wait time: the child failed before it served a client, and the next child starts after that time. Meanwhile clients get a temporary error.",
			"子プロセスが異常終了し、\nそのセッションが失われた。\n待ち時間があれば、\nクライアントにサービスする前の異常終了であり、\n次の子プロセスはその時間の後に起動する。\nそのあいだ、クライアントには一時的なエラーが返る。",
		},
		Subject: Text{
			"A child process failed",
			"子プロセスが異常終了しました",
		},
		Explanation: Text{`With parallel-type prefork and fork, child processes serve the connections.
Process @TPOPS_CHILD@ failed:

@TPOPS_ERROR@

Other sessions are not affected, and another process is started. If a child
fails before it can serve, for example because a password file is unreadable,
the next one starts after a delay of up to one minute.

Correct the configuration or the file in the error; the next process reads it.
"signal: killed" can mean that the kernel killed the process because memory was
short, or that the daemon killed it because it was stopped, took a minute to
start, or did not end after connection-keep-time.`,
			`parallel-type が prefork または fork のとき、接続はデーモンの子プロセスが処理し
ます。プロセス @TPOPS_CHILD@ が異常終了しました。

@TPOPS_ERROR@

ほかのセッションに影響はなく、別のプロセスが代わりを務めます。ユーザーのファイル
を読めない場合など、サービスをまったく始められないときは、次のプロセスは少し待っ
てから起動されます。待ち時間は最長 1 分まで延びます。

設定やファイルに誤りがあれば直してください。次のプロセスが読み直します。"signal:
killed" は、メモリー不足のためにカーネルが終わらせた場合のほか、停止していた、起動に
1 分かかった、または connection-keep-time の後も終わらなかったプロセスをデーモンが
終わらせた場合にも現れます。`},
		Pages: "tpops.toml(5) tpops-systemd(7)",
	},
	{
		Event: "child start failed", ID: "3d724048e90c459997c6c1c4167b3148",
		Levels: levels(fault), always: "error wait", often: "errno",
		Meaning: Text{
			"The system refused to start a child process. The daemon retries after the wait time.",
			"子プロセスの起動をシステムが拒否した。\nデーモンは待ち時間の後に再試行する。",
		},
		Subject: Text{
			"A child process could not be started",
			"子プロセスを起動できませんでした",
		},
		Explanation: Text{`With parallel-type prefork and fork, child processes serve the connections.
The system refused to start one:

@TPOPS_ERROR@

The daemon retries. Meanwhile clients wait, or are asked to try again later.

"resource temporarily unavailable" means that TasksMax= of tpops.service is too
low for max-servers. If memory is short, max-servers is too high.`,
			`parallel-type が prefork または fork のとき、接続はデーモンの子プロセスが処理し
ます。その起動をシステムが拒否しました。

@TPOPS_ERROR@

デーモンは自動的に再試行します。その間、クライアントは待たされるか、後でもう一度
試すように伝えられます。

"resource temporarily unavailable" の場合は、max-servers に対して tpops.service の
TasksMax= が小さすぎます。メモリー不足の場合は、max-servers が大きすぎます。`},
		Pages: "tpops.toml(5) tpops-systemd(7)",
	},
	{
		Event: "stopped", ID: "82d5930de7d94ebab72470694f6c7c05",
		Levels: levels(info),
		Meaning: Text{
			"The daemon stopped as requested.",
			"デーモンは指示どおり終了した。",
		},
		Subject: Text{
			"The daemon stopped",
			"デーモンは終了しました",
		},
		Explanation: Text{`The daemon stopped as requested. With systemd, the next connection starts it
again, unless its socket was stopped too.

No action is required.`,
			`デーモンは指示どおりに終了しました。systemd のもとでは、ソケットも停止されていない
かぎり、次の接続があると再び起動します。

対処は必要ありません。`},
		Pages: "tpops(8)",
	},
	{
		Event: "fatal error", ID: "6ca8e5f49c0f47239a1639c7cd28bdce",
		Levels: levels(fault), always: "error", often: "errno",
		Meaning: Text{
			"The daemon, or the process for one connection, stopped because of an error.",
			"デーモン、または接続 1 本のためのプロセスが、\nエラーのために終了した。",
		},
		Subject: Text{
			"The daemon stopped because of an error",
			"デーモンはエラーのため終了しました",
		},
		Explanation: Text{`The daemon, or the process for one connection, stopped because of an error:

@TPOPS_ERROR@

Mail is not served until the error is corrected. systemd tries to start the
daemon again if that can help.

"tpops --check-config" reports all errors of the configuration. If the port is
already in use, another POP3 server is running.`,
			`デーモン、または一つの接続を受け持つプロセスが、次のエラーのため終了しました。

@TPOPS_ERROR@

エラーが解消されるまで、メールのサービスは行われません。ただし、起動し直せば直る
場合もあり、それは systemd が自動的に試みます。

設定の誤りは "tpops --check-config" ですべて確認できます。ポートがすでに使われて
いる場合は、ほかの POP3 サーバーが動作しています。`},
		Pages: "tpops(8) tpops.toml(5)",
	},
}
