package main

// japaneseWords are the translations of the texts in this program.
var japaneseWords = []japanese{
	// Headings.
	{"General", "全般"},
	{"Protocol", "プロトコル"},
	{"TLS", "TLS"},
	{"SASL", "SASL"},
	{"Processes", "プロセス"},
	{"Limits", "制限"},
	{"Users", "ユーザー"},
	{"Login", "ログイン"},
	{"MySQL", "MySQL"},
	{"Dovecot", "Dovecot"},
	{"Maildir", "Maildir"},
	{"Proxy", "プロキシ"},

	// Of a parameter.
	{"Value: switch.", "値: スイッチ。"},
	{"Value: count.", "値: 個数。"},
	{"Value: duration.", "値: 時間。"},
	{"Value: text.", "値: 文字列。"},
	{"Value: path.", "値: パス。"},
	{"Value: paths.", "値: パスの並び。"},
	{"Value: choice.", "値: 選択。"},
	{"Value: choices.", "値: 選択の並び。"},
	{"Value: name or number.", "値: 名前または番号。"},
	{"Value: address.", "値: アドレス。"},
	{"Value: servers.", "値: サーバー。"},
	{"Value: networks.", "値: ネットワーク。"},
	{"Value: networks, or yes or no.", "値: ネットワークの並び、または yes か no。"},
	{"Value: names.", "値: 名前の並び。"},
	{"Value: networks, or yes, no or never.", "値: ネットワークの並び、または yes、no、never。"},
	{"Value: secret.", "値: 秘密。"},
	{"Default:", "既定値:"},
	{"not set.", "なし (未設定)。"},
	{"Short option:", "短いオプション:"},
	{"On the command line only.", "コマンドラインでのみ指定できる。"},
	{"A change needs a restart.", "変更の反映には再起動が必要。"},

	// Of an event.
	{"There is one for each message, unless log-messages is off.",
		"メッセージごとに 1 件記録される\n(log-messages がオフのときを除く)。"},
	{"The text begins with:", "本文の先頭:"},
	{"Priority:", "優先度:"},
	{"Fields:", "フィールド:"},
	{"Fields at times:", "場合によって付くフィールド:"},
}
