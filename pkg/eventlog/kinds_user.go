package eventlog

// userKinds are the events of the files and databases of users.
var userKinds = []Kind{
	{
		Event: "passwd-file problem", ID: "bce472bd333143a7b3018ac6b354a96f",
		Levels: levels(info, warn), often: "reason lines first",
		texts: []string{"passwd-file reload failed", "passwd-file has invalid lines"},
		Meaning: Text{
			"All or part of the password file is unusable.",
			"パスワードファイルの全部または一部が使えなかった。",
		},
		Subject: Text{
			"All or part of the password file is unusable",
			"パスワードファイルの全部または一部を使えません",
		},
		Explanation: Text{`The file in the parameter passwd-file was changed, and all or part of it is
unusable:

@MESSAGE@

If the file cannot be read, the previous users stay valid. If single lines are
invalid, only the users of these lines cannot log in.

"tpops --check-config" reports all invalid lines.`,
			`パラメータ passwd-file のファイルが変更されましたが、全部または一部を使えません。

@MESSAGE@

ファイル全体を読めない場合は、以前に読み込んだユーザーが引き続き有効です。一部の行
に誤りがある場合は、その行のユーザーだけがログインできません。

誤りのある行は "tpops --check-config" ですべて確認できます。`},
		Pages: "tpops-users(7)",
	},
	{
		Event: "SCRAM state not kept", ID: "6f1ddabf4c9f405e82028bfb82fbf8c4",
		Levels: levels(warn), always: "error", often: "errno",
		Meaning: Text{
			"A file in the state directory is unusable. After a restart clients can find out by SCRAM whether a user exists.",
			"状態ディレクトリのファイルを使えない。\n再起動の後、\nクライアントは SCRAM によりユーザーが存在するかどうかを知ることができる。",
		},
		Subject: Text{
			"The state of SCRAM is not kept over a restart",
			"SCRAM の状態が再起動後に引き継がれません",
		},
		Explanation: Text{`A file in the state directory of the service is unusable:

@TPOPS_ERROR@

Unknown users get salts and iteration counts for SCRAM like those of existing
users. They follow from scram-secret and scram-seen, and change at each restart
while these files are unusable. A client that compares them can find out whether
a user exists. Logins work as usual.

Give both files to the user of the service with mode 0600, or delete them: the
next start creates them again. A new scram-secret changes all salts once.`,
			`サービスの状態ディレクトリのファイルを使えません。

@TPOPS_ERROR@

存在しないユーザーにも、存在するユーザーと同じような SCRAM のソルトと反復回数を
返します。これらは scram-secret と scram-seen から決まり、このファイルを使えない間は
再起動のたびに変わります。それを比べたクライアントは、ユーザーが存在するかどうかを
知ることができます。ログインは通常どおりできます。

両方のファイルの所有者をサービスのユーザー、モードを 0600 にしてください。または
削除すると、次の起動時に作り直されます。scram-secret が新しくなると、すべての
ソルトが一度変わります。`},
		Pages: "tpops-security(7)",
	},
	{
		Event: "oauth-jwks-file reload failed", ID: "f6d017b0673745fc95c63de3a0e56d7a",
		Levels: levels(warn), always: "reason",
		Meaning: Text{
			"The key file is unusable. Tokens signed with the previous keys stay valid.",
			"鍵のファイルを使えない。\n以前の鍵で署名されたトークンは引き続き有効である。",
		},
		Subject: Text{
			"The key file is unusable",
			"鍵のファイルを使えません",
		},
		Explanation: Text{`The file in the parameter oauth-jwks-file was changed or removed, and is
unusable:

@MESSAGE@

Tokens signed with the previous keys stay valid until the file is usable again.
To reject all tokens, set oauth-tokens to none and restart the daemon.`,
			`パラメータ oauth-jwks-file のファイルが変更されたか、なくなったため、使えません。

@MESSAGE@

ファイルが再び使えるようになるまで、以前の鍵で署名されたトークンが引き続き有効です。
トークンによるログインをすべて止めるには、oauth-tokens を none にして再起動してください。`},
		Pages: "tpops-security(7) tpops.toml(5)",
	},
	{
		Event: "database status", ID: "9e7605bcea934ad9bc656c8487ca623c",
		Levels: levels(debug, warn), often: "server reason error errno message",
		texts: []string{
			"database server changed",
			"database connection not closed",
			"database unreachable",
			"database unusable",
			"MySQL driver message",
		},
		Meaning: Text{
			"The connection to the user database failed, or another server is in use.",
			"ユーザーデータベースに接続できなくなったか、\n別のサーバーに切り替わった。",
		},
		Subject: Text{
			"The connection to the user database has changed",
			"ユーザーデータベースへの接続が変わりました",
		},
		Explanation: Text{`The connection to the user database has changed:

@MESSAGE@

Users can log in as long as one of the servers in mysql-server responds.
Otherwise each failed login is logged as an error.

Find out why the previous server does not respond. If the server rejects the
connection or the query, correct what the message names.`,
			`ユーザーデータベースへの接続に変化がありました。

@MESSAGE@

mysql-server に指定したサーバーのうち一つでも応答すれば、ユーザーはログインでき
ます。どのサーバーも応答しない場合は、失敗したログインがそれぞれエラーとして記録
されます。

それまで使っていたサーバーが応答しない原因を調べてください。サーバーが接続や
クエリーを拒否している場合は、メッセージに示されたところを直してください。`},
		Pages: "tpops-users(7) tpops.toml(5)",
	},
}
