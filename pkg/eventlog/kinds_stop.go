package eventlog

// stopKinds are the events of a daemon that stops, also for a restart.
var stopKinds = []Kind{
	{
		Event: "signal received", ID: "ae7bc41a5f974a8183c1061c3741ff43",
		Levels: levels(info), always: "name",
		Meaning: Text{
			"The daemon received a signal.",
			"シグナルを受け取った。",
		},
		Subject: Text{
			"The daemon received the signal \"@TPOPS_SIGNAL@\"",
			"シグナル \"@TPOPS_SIGNAL@\" を受け取りました",
		},
		Explanation: Text{`systemd or an administrator sent the daemon the signal "@TPOPS_SIGNAL@". SIGHUP
reloads the configuration, SIGTERM stops the daemon after the running commands,
and SIGINT stops it at once.

No action is required.`,
			`デーモンは systemd または管理者からシグナル "@TPOPS_SIGNAL@" を受け取りました。
SIGHUP では設定を再読み込みし、SIGTERM では処理を終えてから終了し、SIGINT では
ただちに終了します。

対処は必要ありません。`},
		Pages: "tpops(8)",
	},
	{
		Event: "drain started", ID: "a8516b425b134500819883d5978fb72d",
		Levels: levels(info), always: "sessions", often: "wait",
		Meaning: Text{
			"The daemon accepts no more connections and gives the sessions time to finish.",
			"新しい接続の受け付けを終えた。\nセッションには処理を終える時間が与えられる。",
		},
		Subject: Text{
			"The daemon is stopping, with @TPOPS_SESSIONS@ sessions still open",
			"新しい接続の受け付けを終了しました (処理中のセッション: @TPOPS_SESSIONS@)",
		},
		Explanation: Text{`The daemon accepts no more connections, because it is about to stop.
The parameter drain-time is the time in which @TPOPS_SESSIONS@ sessions may
finish their commands. With systemd, new clients wait for the next process.

No action is required.`,
			`デーモンはまもなく終了するため、新しい接続を受け付けません。
処理中の @TPOPS_SESSIONS@ セッションには、パラメータ drain-time の時間だけ
処理を終える猶予があります。systemd のもとでは、新しいクライアントは次の
プロセスが応答するまで待たされます。

対処は必要ありません。`},
		Pages: "tpops-systemd(7) tpops.toml(5)",
	},
	{
		Event: "sessions handed over", ID: "969460bfe4af4a2fbcfe7d93bb07ee1f",
		Levels: levels(info), always: "sessions", often: "duration",
		Meaning: Text{
			"The open sessions were handed to systemd for the next process.",
			"次のプロセスのために、\n続いているセッションを systemd に預けた。",
		},
		Subject: Text{
			"@TPOPS_SESSIONS@ sessions were handed over to the next process",
			"@TPOPS_SESSIONS@ セッションを次のプロセスに引き渡しました",
		},
		Explanation: Text{`The daemon is restarting. It handed @TPOPS_SESSIONS@ sessions to systemd, which
keeps them for the next process. The clients notice nothing.

No action is required. The next process logs how many sessions it takes over.`,
			`デーモンの再起動にあたり、@TPOPS_SESSIONS@ セッションを systemd に預けました。
次のプロセスがそれらを引き継ぎます。クライアントへの影響はありません。

対処は必要ありません。引き継いだセッションの数は次のプロセスが記録します。`},
		Pages: "tpops-systemd(7)",
	},
	{
		Event: "sessions kept", ID: "99833aa92a794ddd905102d3266252d8",
		Levels: levels(info), always: "sessions pid",
		Meaning: Text{
			"The process continues sessions that cannot be handed over. The next process serves all other clients.",
			"引き渡せないセッションをこのプロセスが続ける。\nほかのクライアントには次のプロセスが応答する。",
		},
		Subject: Text{
			"Process @TPOPS_CHILD@ continues @TPOPS_SESSIONS@ sessions after the restart",
			"再起動のあとも @TPOPS_SESSIONS@ セッションをプロセス @TPOPS_CHILD@ が続けます",
		},
		Explanation: Text{`The daemon is restarting. @TPOPS_SESSIONS@ sessions cannot be handed over to the
next process: they use TLS, are at work, their mailbox is on another server, or
parallel-type is prefork or fork. Process @TPOPS_CHILD@ continues them until they
end, at the latest after connection-keep-time. The clients notice nothing.

No action is required. To end these sessions now, stop the service and start it
again.`,
			`デーモンの再起動にあたり、@TPOPS_SESSIONS@ セッションは次のプロセスに引き渡せ
ません。TLS を使っているか、処理中であるか、メールボックスが別のサーバーにあるか、
parallel-type が prefork または fork であるためです。これらはプロセス @TPOPS_CHILD@ が、
終わるまで、遅くとも connection-keep-time まで続けます。
クライアントへの影響はありません。

対処は必要ありません。すぐに終わらせるには、サービスを停止してから起動します。`},
		Pages: "tpops-systemd(7) tpops.toml(5)",
	},
	{
		Event: "session handover failed", ID: "f969f5cf1dc649b7b237074db9bf0e8d",
		Levels: levels(fault), always: "sessions error", often: "errno",
		Meaning: Text{
			"The open sessions could not be handed to systemd and were closed. No message was deleted.",
			"続いているセッションを systemd に預けられず、\n終わらせた。\nメッセージは削除されていない。",
		},
		Subject: Text{
			"@TPOPS_SESSIONS@ sessions were lost during the restart",
			"再起動の際に @TPOPS_SESSIONS@ セッションを引き渡せませんでした",
		},
		Explanation: Text{`The daemon is restarting. It could not hand @TPOPS_SESSIONS@ sessions to systemd:

@TPOPS_ERROR@

The sessions were closed. No message was deleted, and the clients can connect
again.

If this happens at each restart, compare FileDescriptorStoreMax= and
LimitNOFILE= of tpops.service with the values in the original unit file.`,
			`デーモンの再起動にあたり、@TPOPS_SESSIONS@ セッションを次のプロセスのために
systemd に預けようとしましたが、失敗しました。

@TPOPS_ERROR@

これらのセッションは終了しました。メッセージは削除されていません。
クライアントは接続し直すことができます。

再起動のたびに起きる場合は、tpops.service の FileDescriptorStoreMax= と
LimitNOFILE= を、配布時のユニットファイルの値と比べてください。`},
		Pages: "tpops-systemd(7)",
	},
}

// idleKinds are the events of a daemon without connections.
var idleKinds = []Kind{
	{
		Event: "idle exit", ID: "816fd03b39594009a6067a14be97ef22",
		Levels: levels(info), always: "idle",
		Meaning: Text{
			"The daemon stops because no client was connected for the time in idle-exit. The next connection starts it again.",
			"idle-exit の時間、誰も接続していなかった。\n次の接続でデーモンはまた起動される。",
		},
		Subject: Text{
			"The daemon stops because no client is connected",
			"接続がないためデーモンは終了します",
		},
		Explanation: Text{`No client was connected for the time in the parameter idle-exit. The daemon
stops to free memory. systemd keeps the port open and starts the daemon at the
next connection.

No action is required.`,
			`パラメータ idle-exit の時間だけ接続がなかったため、デーモンはメモリーを解放する
ために終了します。ポートは systemd が開いたままにしており、次の接続があると
デーモンを再び起動します。

対処は必要ありません。`},
		Pages: "tpops.toml(5) tpops-systemd(7)",
	},
}
