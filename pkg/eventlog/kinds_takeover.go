package eventlog

// takeoverKinds are the events of the sessions of the previous process after a restart.
var takeoverKinds = []Kind{
	{
		Event: "sessions taken over", ID: "68f66eeb07304fd2b2ea65dce79b5631",
		Levels: levels(info), always: "sessions", often: "duration",
		Meaning: Text{
			"The sessions of the previous process continue in this one.",
			"前のプロセスのセッションを、このプロセスで続ける。",
		},
		Subject: Text{
			"@TPOPS_SESSIONS@ sessions of the previous process continue",
			"前のプロセスから @TPOPS_SESSIONS@ セッションを引き継ぎました",
		},
		Explanation: Text{`The daemon was restarted. The @TPOPS_SESSIONS@ sessions that the previous process
handed over continue.

No action is required if this is the number of sessions handed over. For each
lost session there is a warning that names the user.`,
			`デーモンが再起動されました。前のプロセスが引き渡した @TPOPS_SESSIONS@ セッション
は、中断したところから続きます。

引き渡された数と同じであれば、対処は必要ありません。引き継げなかったセッション
については、ユーザー名を含む警告がそれぞれ記録されます。`},
		Pages: "tpops-systemd(7)",
	},
	{
		Event: "session takeover failed", ID: "38440c3b02c74ff3a3b26041fbc1fff0",
		Levels: levels(fault), always: "error", often: "errno",
		Meaning: Text{
			"Sessions of the previous process, or all, were not kept or could not be read, and were closed. No message was deleted.",
			"前のプロセスのセッションのすべてか一部が残っていないか、\n読み取れず、\n終わった。\nメッセージは削除されていない。",
		},
		Subject: Text{
			"Sessions of the previous process were lost",
			"前のプロセスのセッションを引き継げませんでした",
		},
		Explanation: Text{`The daemon was restarted, but all or some sessions of the previous process could
not be continued:

@TPOPS_ERROR@

They were closed. No message was deleted, and the clients can connect again.

This is normal once after an upgrade to a version with another session format;
the error then mentions the format. Otherwise, please report it as a bug.`,
			`デーモンが再起動されましたが、前のプロセスが残したセッションの情報は次の理由で
使えませんでした。

@TPOPS_ERROR@

これらのセッションは終了しました。メッセージは削除されていません。
クライアントは接続し直すことができます。

セッションの形式が異なるバージョンに変えた直後であれば (その場合はエラーに示され
ます)、一度だけ起きるのは正常です。それ以外の場合は不具合として報告してください。`},
		Pages: "tpops-systemd(7)",
	},
	{
		Event: "session lost", ID: "7b0d03309b314a63814fce1d50f1ecb9",
		Levels: levels(warn, fault), always: "error", often: "session remote user errno",
		Meaning: Text{
			"One session of the previous process could not be continued. No message was deleted.",
			"前のプロセスのセッションの 1 つを続けられなかった。\nメッセージは削除されていない。",
		},
		Subject: Text{
			"One session of the previous process was lost",
			"前のプロセスのセッションの一つを引き継げませんでした",
		},
		Explanation: Text{`The daemon was restarted, but one session of the previous process could not be
continued:

@TPOPS_ERROR@

It was closed. No message was deleted, and the client can connect again.

Usually the mailbox could not be opened, because it was moved or its user was
removed. The fields TPOPS_USER and TPOPS_SESSION identify the session.`,
			`デーモンが再起動されましたが、前のプロセスが引き渡したセッションの一つを引き継げ
ませんでした。

@TPOPS_ERROR@

このセッションは終了しました。メッセージは削除されていません。クライアントは接続
し直すことができます。

多くの場合、メールボックスが移動されたか、ユーザーが削除されたために、メール
ボックスを開き直せなかったことが原因です。どのセッションであったかは、フィールド
TPOPS_USER と TPOPS_SESSION でわかります。`},
		Pages: "tpops-systemd(7)",
	},
}
