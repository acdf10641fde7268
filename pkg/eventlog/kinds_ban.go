package eventlog

// banKinds are the events of tpopsctl ban.
var banKinds = []Kind{
	{
		Event: "ban added", ID: "6685c19e180a4dfeb948b4885ea5802b",
		Levels: levels(warn), always: "network duration uid",
		Meaning: Text{
			"An operator has banned a network for a time with tpopsctl ban. Sessions that have logged in go on.",
			"管理者が tpopsctl ban でネットワークを一定の時間禁止した。\nログインしているセッションは続く。",
		},
		Subject: Text{
			"An operator has banned @TPOPS_NETWORK@",
			"管理者が @TPOPS_NETWORK@ を禁止しました",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ has banned the network @TPOPS_NETWORK@ with
tpopsctl ban. Its new connections are rejected until the time is over. Sessions
that have logged in go on.

No action is required. To end the ban earlier: tpopsctl ban lift @TPOPS_NETWORK@`,
			`ID @TPOPS_UID@ のユーザーが、tpopsctl ban でネットワーク @TPOPS_NETWORK@ を
禁止しました。時間が過ぎるまで、そこからの新しい接続を拒否します。ログインしている
セッションは続きます。

対処は必要ありません。早く解除するには: tpopsctl ban lift @TPOPS_NETWORK@`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "ban lifted", ID: "f5b96bde89f0480999e04ae71fa6bd2a",
		Levels: levels(warn), always: "network uid",
		Meaning: Text{
			"An operator has lifted the ban of a network with tpopsctl ban. The end of its time is not logged.",
			"管理者が tpopsctl ban でネットワークの禁止を解除した。\n時間が過ぎたことは記録されない。",
		},
		Subject: Text{
			"An operator has lifted the ban of @TPOPS_NETWORK@",
			"管理者が @TPOPS_NETWORK@ の禁止を解除しました",
		},
		Explanation: Text{`The user with the id @TPOPS_UID@ has lifted the ban of the network
@TPOPS_NETWORK@ with tpopsctl ban. It may connect again.

No action is required.`,
			`ID @TPOPS_UID@ のユーザーが、tpopsctl ban でネットワーク @TPOPS_NETWORK@ の
禁止を解除しました。再び接続できます。

対処は必要ありません。`},
		Pages: "tpopsctl(8)",
	},
}
