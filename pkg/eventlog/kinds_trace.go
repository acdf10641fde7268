package eventlog

// traceKinds are the events of traces.
var traceKinds = []Kind{
	{
		Event: "trace begun", ID: "fbdad52f9d7742768634d059380bce29",
		Levels: levels(warn), always: "uid", often: "user remote",
		Meaning: Text{
			"An operator watches the dialogues of a user or an address with tpopsctl trace. Passwords and messages are not shown.",
			"管理者が tpopsctl trace で、ユーザーまたはアドレスの\n対話を見ている。\nパスワードとメッセージは表示されない。",
		},
		Subject: Text{
			"An operator traces sessions",
			"管理者がセッションを追跡しています",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ watches with tpopsctl trace what clients and the
server send. TPOPS_USER or TPOPS_REMOTE in this record has the user or the
address that is traced. Passwords and messages are not shown.

No action is required if you know why. The event "trace ended" follows.`,
			`ID @TPOPS_UID@ のユーザーが、クライアントとサーバーの対話を tpopsctl trace で
見ています。対象のユーザーまたはアドレスは、この記録の TPOPS_USER または
TPOPS_REMOTE にあります。パスワードとメッセージは表示されません。

理由がわかっていれば、対処は必要ありません。終わると "trace ended" が記録されます。`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "trace ended", ID: "59c6a0232a54416b8fcc03288f815b3d",
		Levels: levels(warn), always: "uid duration lines", often: "user remote",
		Meaning: Text{
			"A trace has ended. The field lines has how many lines the operator got.",
			"追跡が終わった。\nlines は管理者に表示された行の数である。",
		},
		Subject: Text{
			"A trace of sessions has ended",
			"セッションの追跡が終わりました",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ no longer traces sessions. TPOPS_USER or
TPOPS_REMOTE in this record has the user or the address that was traced.
@TPOPS_LINES@ lines were shown.

No action is required.`,
			`ID @TPOPS_UID@ のユーザーによるセッションの追跡が終わりました。対象のユーザー
またはアドレスは、この記録の TPOPS_USER または TPOPS_REMOTE にあります。
表示されたのは @TPOPS_LINES@ 行です。

対処は必要ありません。`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "dialogue", ID: "b95d685641264b74aa42a83a1220cdff",
		Levels: levels(info), always: "session remote reason lines dialogue",
		Meaning: Text{
			"A part of the last 64 KiB of a session that ended abnormally, if flight-recorder is set. A long dialogue has several records. These are the ends: internal error, command line too long, message not readable, mailbox lost, ended by operator, taken over, and a timeout or a lost connection in the middle of a command or reply. At most 30 sessions a minute and process.",
			"異常に終わったセッションの最後の 64 KiB の一部。\nflight-recorder を指定したときに記録される。\n長い対話は、いくつかの記録に分かれる。\n対象は、内部エラー、長すぎるコマンド行、\n読めないメッセージ、失われたメールボックス、\n管理者による終了、別のログインによる引き継ぎ、\nおよびコマンドや応答の途中での\nタイムアウトと切断である。\nプロセスごとに毎分 30 セッションまで。",
		},
		Subject: Text{
			"The last lines of the session @TPOPS_SESSION@ (@TPOPS_REASON@)",
			"セッション @TPOPS_SESSION@ の最後の対話 (@TPOPS_REASON@)",
		},
		Explanation: Text{`The session @TPOPS_SESSION@ of a client at @TPOPS_REMOTE@ has ended with the
reason "@TPOPS_REASON@". TPOPS_DIALOGUE in this record has a part of what the
client and the server have sent, without passwords and messages.

To see the whole session: journalctl TPOPS_SESSION=@TPOPS_SESSION@`,
			`@TPOPS_REMOTE@ のクライアントのセッション @TPOPS_SESSION@ が終了しました
(理由: "@TPOPS_REASON@")。この記録の TPOPS_DIALOGUE に、クライアントとサーバーの
対話の一部があります。パスワードとメッセージは含まれません。

このセッションのすべての記録を見るには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@`},
		Pages: "tpops-events(7) tpops.toml(5)",
	},
}
