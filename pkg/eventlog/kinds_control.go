package eventlog

// controlKinds are the events of the control socket.
var controlKinds = []Kind{
	{
		Event: "session ended by operator", ID: "fce90066f9a64e71aa57d2423fc58fb8",
		Levels: levels(warn), always: "session uid", often: "user",
		Meaning: Text{
			"An operator has ended a session with tpopsctl kick. A QUIT that had arrived is finished; otherwise nothing is deleted.",
			"管理者が tpopsctl kick でセッションを終わらせた。\n届いていた QUIT は最後まで行われ、\nほかの場合は何も削除されない。",
		},
		Subject: Text{
			"An operator has ended the session @TPOPS_SESSION@",
			"管理者がセッション @TPOPS_SESSION@ を終わらせました",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ has ended the session @TPOPS_SESSION@ with
tpopsctl kick. Nothing is deleted, unless the client had sent QUIT before.

No action is required.`,
			`ID @TPOPS_UID@ のユーザーが、tpopsctl kick でセッション @TPOPS_SESSION@ を
終わらせました。クライアントがその前に QUIT を送っていなければ、何も削除されません。

対処は必要ありません。`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "control socket limited", ID: "fc5d446c7c6c4b16869280f5b5edf676",
		Levels: levels(warn), always: "file error",
		Meaning: Text{
			"The control socket cannot be used, or only by root, because it could not be opened or given to the group tpops-admin.",
			"制御ソケットを開けないか、グループ tpops-admin に渡せない。\nソケットは使えないか、root だけが使える。",
		},
		Subject: Text{
			"The control socket @TPOPS_FILE@ is limited",
			"制御ソケット @TPOPS_FILE@ の利用が制限されています",
		},
		Explanation: Text{`The daemon cannot open the control socket @TPOPS_FILE@, or cannot give it to
the group tpops-admin:

@TPOPS_ERROR@

POP3 sessions are not affected. tpopsctl(8) cannot ask the daemon, or only root
can.

The directory must exist and the daemon must be able to write it. To give the
socket to the group, the unit needs SupplementaryGroups=tpops-admin. To run
without a control socket, set control-socket = "none".`,
			`デーモンは制御ソケット @TPOPS_FILE@ を開けないか、グループ tpops-admin に
渡せません。

@TPOPS_ERROR@

POP3 のセッションに影響はありません。tpopsctl(8) からデーモンに問い合わせることが
できないか、root だけができます。

ディレクトリがあり、デーモンが書き込めることを確かめてください。グループに渡すには
ユニットに SupplementaryGroups=tpops-admin が必要です。制御ソケットを使わない
場合は control-socket = "none" としてください。`},
		Pages: "tpopsctl(8) tpops.toml(5)",
	},
	{
		Event: "metrics socket limited", ID: "695a0753364e4fca905c4b5a42beb0c9",
		Levels: levels(warn), always: "file error",
		Meaning: Text{
			"Only root can use the socket of metrics-listen, because it could not be given to the group tpops-admin.",
			"metrics-listen のソケットをグループ tpops-admin に渡せない。\n使えるのは root だけ。",
		},
		Subject: Text{
			"The metrics socket @TPOPS_FILE@ is limited",
			"メトリクスのソケット @TPOPS_FILE@ の利用が制限されています",
		},
		Explanation: Text{`The daemon cannot give the socket @TPOPS_FILE@ of metrics-listen to the
group tpops-admin:

@TPOPS_ERROR@

POP3 sessions are not affected. Only root can read the metrics. The unit needs
SupplementaryGroups=tpops-admin.`,
			`デーモンは metrics-listen のソケット @TPOPS_FILE@ をグループ tpops-admin に
渡せません。

@TPOPS_ERROR@

POP3 のセッションに影響はありません。メトリクスを読めるのは root だけです。ユニットに
SupplementaryGroups=tpops-admin が必要です。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "control command failed", ID: "9efd05ed0d6d488abb69555b1d875711",
		Levels: levels(fault), always: "command error",
		Meaning: Text{
			"A command of the control socket ended with an internal error. The daemon continues.",
			"制御ソケットのコマンドが内部エラーで終わった。\nデーモンは動作を続ける。",
		},
		Subject: Text{
			"The control command @TPOPS_COMMAND@ failed",
			"制御コマンド @TPOPS_COMMAND@ が失敗しました",
		},
		Explanation: Text{`The command @TPOPS_COMMAND@ of the control socket ended with an internal error:

@TPOPS_ERROR@

POP3 sessions are not affected. Please report the error.`,
			`制御ソケットのコマンド @TPOPS_COMMAND@ が内部エラーで終わりました。

@TPOPS_ERROR@

POP3 のセッションに影響はありません。このエラーを報告してください。`},
		Pages: "tpopsctl(8)",
	},
}
