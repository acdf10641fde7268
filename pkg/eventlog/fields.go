package eventlog

// fields is the table of fields, in the order of the manual. The text line has durations
// as 1.5s or 0.6ms, the journal in microseconds. Keys with the same meaning share a
// field.
var fields = []Field{
	{"session", "TPOPS_SESSION", Text{
		"Session: a random word in all events of the session.",
		"セッション。\nそのすべての記録に付く、ランダムな英数字の語。"}},
	{"remote", "TPOPS_REMOTE", Text{
		"Client address without the port, or local.",
		"クライアントのアドレス (ポートを除く)、または local。"}},
	{"forwarded", "TPOPS_FORWARDED", Text{
		"Session id at the proxy, as received with XCLIENT.",
		"接続を中継したプロキシでのセッションの ID。\nXCLIENT で渡されたもの。"}},
	{"user", "TPOPS_USER", Text{
		"Login name. Before the login: as the client sent it.",
		"ログイン名。\nログインするまでは、クライアントが送ったとおりのもの。"}},
	{"tls", "TPOPS_TLS", Text{
		"TLS version and cipher suite. Missing without TLS.",
		"TLS のバージョンと暗号スイート。\nTLS を使わないセッションには付かない。"}},
	{"method", "TPOPS_METHOD", Text{
		"Login method: USER, APOP or a SASL mechanism.",
		"ログインの方法。\nUSER、APOP、または SASL の認証方式。"}},
	{"identity", "TPOPS_IDENTITY", Text{
		"Name in the token or certificate, unchanged, or the master user of Dovecot who logged in as the user.",
		"トークンまたは証明書が証明した名前。\nそこに書かれているとおりのもの。\nまたは、ユーザーとしてログインした Dovecot のマスターユーザー。"}},
	{"uidl", "TPOPS_UIDL", Text{
		"UIDL of the message.",
		"メッセージの UIDL。"}},
	{"messages", "TPOPS_MESSAGES", Text{
		"Number of messages in the mailbox. At the end of a session: without the deleted messages.",
		"メールボックスのメッセージの数。\nセッションの終わりでは、削除したものを除く。"}},
	{"octets", "TPOPS_OCTETS", Text{
		"Size in octets of the message or of all messages in the mailbox.",
		"メッセージ、またはメールボックス全体の\nオクテット単位のサイズ。"}},
	{"sent", "TPOPS_SENT", Text{
		"Octets of messages sent to the client.",
		"クライアントに送ったメッセージのオクテット数。"}},
	{"retrieved", "TPOPS_RETRIEVED", Text{
		"Number of messages that the session retrieved.",
		"セッションが取得したメッセージの数。"}},
	{"tops", "TPOPS_TOPS", Text{
		"Number of successful TOP commands in the session.",
		"セッションが TOP の応答を受けた回数。"}},
	{"deleted", "TPOPS_DELETED", Text{
		"Number of messages that the session deleted.",
		"セッションが削除したメッセージの数。"}},
	{"unconfirmed", "TPOPS_UNCONFIRMED", Text{
		"Number of messages of which it is not known whether the session deleted them. They are not in deleted, and are in messages.",
		"セッションが削除したかどうかわからないメッセージの数。\ndeleted には含まれず、messages には含まれる。"}},
	{"kept", "TPOPS_KEPT", Text{
		"true: the deleted message can be put back with tpopsctl undo.",
		"true: 削除したメッセージは tpopsctl undo で元に戻せる。"}},
	{"duration", "TPOPS_DURATION_USEC", Text{
		"Duration in microseconds.",
		"かかった時間 (マイクロ秒)。"}},
	{"wait", "TPOPS_WAIT_USEC", Text{
		"Maximum wait in microseconds.",
		"最長でどれだけ待つか (マイクロ秒)。"}},
	{"waited", "TPOPS_WAITED_USEC", Text{
		"Time that a login waited, delayed by the guard or for a processor, in microseconds.",
		"ログインが、制限による遅延とプロセッサーの\n空きを待った時間 (マイクロ秒)。"}},
	{"lookup", "TPOPS_LOOKUP_USEC", Text{
		"Time that a login spent on the user database, in microseconds.",
		"ログインのうち、ユーザーデータベースに\nかかった時間 (マイクロ秒)。"}},
	{"hash", "TPOPS_HASH_USEC", Text{
		"Time that a login spent comparing the password, in microseconds.",
		"ログインのうち、パスワードの照合に\nかかった時間 (マイクロ秒)。"}},
	{"open", "TPOPS_OPEN_USEC", Text{
		"Time that a login spent opening the mailbox, with the wait for its lock, in microseconds.",
		"ログインのうち、メールボックスを開くのに\nかかった時間 (マイクロ秒)。\nロックを待った時間を含む。"}},
	{"idle", "TPOPS_IDLE_USEC", Text{
		"Time without a client in microseconds.",
		"誰も接続していなかった時間 (マイクロ秒)。"}},
	{"age", "TPOPS_AGE_USEC", Text{
		"Time since the user database was last read, in microseconds.",
		"ユーザーデータベースを最後に読んでからの時間\n(マイクロ秒)。"}},
	{"reason", "TPOPS_REASON", Text{
		"Reason. For the end of a session, always the same words for the same reason.",
		"理由。\nセッションの終わりについては、\n同じ理由にはつねに同じ語句が使われる。"}},
	{"error", "TPOPS_ERROR", Text{
		"Full error text.",
		"エラーの全文。"}},
	{"errno", "ERRNO", Text{
		"Number of the system error in TPOPS_ERROR.",
		"TPOPS_ERROR に含まれるシステムエラーの番号。"}},
	{"sessions", "TPOPS_SESSIONS", Text{
		"Number of sessions.",
		"セッションの数。"}},
	{"count", "TPOPS_COUNT", Text{
		"Number of connections, sessions, failures, messages or log records that the event is about.",
		"イベントに関わる接続、セッション、失敗、\nメッセージ、またはログの記録の数。"}},
	{"records", "TPOPS_DROPPED", Text{
		"Number of lost records.",
		"失われた記録の数。"}},
	{"unlogged", "TPOPS_UNLOGGED", Text{
		"Number of earlier records of the session that were lost.",
		"そのセッションのそれまでの記録のうち、\n失われたものの数。"}},
	{"address", "TPOPS_ADDRESS", Text{
		"Address on which the daemon listens.",
		"待ち受けているアドレス。"}},
	{"network", "TPOPS_NETWORK", Text{
		"Network that an operator has banned.",
		"管理者が禁止したネットワーク。"}},
	{"port", "TPOPS_PORT", Text{
		"Value of the parameter port or tls-port.",
		"パラメータ port または tls-port の値。"}},
	{"certificate", "TPOPS_CERTIFICATE", Text{
		"Names in the certificate.",
		"証明書にある名前。"}},
	{"expires", "TPOPS_EXPIRES", Text{
		"Expiry time of the certificate in the format of RFC 3339.",
		"証明書の期限 (RFC 3339 の形式)。"}},
	{"report", "TPOPS_REPORT", Text{
		"Active and missing restrictions.",
		"有効な制限と、欠けているもの。"}},
	{"version", "TPOPS_VERSION", Text{
		"Version of TPOPS.",
		"TPOPS のバージョン。"}},
	{"name", "TPOPS_SIGNAL", Text{
		"Name of the signal.",
		"シグナルの名前。"}},
	{"parameter", "TPOPS_PARAMETER", Text{
		"Name of the parameter.",
		"パラメータの名前。"}},
	{"pid", "TPOPS_CHILD", Text{
		"Process id of the child.",
		"子プロセスの ID。"}},
	{"maildir", "TPOPS_MAILDIR", Text{
		"Path of the Maildir.",
		"Maildir のパス。"}},
	{"directory", "TPOPS_DIRECTORY", Text{
		"Name of the directory in the Maildir.",
		"Maildir の中のディレクトリの名前。"}},
	{"fix", "TPOPS_FIX", Text{
		"Command to run, or parameter to set.",
		"実行するコマンド、または設定するパラメータ。"}},
	{"file", "TPOPS_FILE", Text{
		"Name of the file in the Maildir. For a certificate, and for usage-file: its path.",
		"Maildir の中のファイルの名前。\n証明書と usage-file については、そのパス。"}},
	{"files", "TPOPS_FILES", Text{
		"Number of files.",
		"ファイルの数。"}},
	{"lines", "TPOPS_LINES", Text{
		"Number of lines.",
		"行の数。"}},
	{"first", "TPOPS_FIRST", Text{
		"First of these lines.",
		"そのうちの最初の行。"}},
	{"server", "TPOPS_SERVER", Text{
		"Address of the database server or of the POP server with the mailbox.",
		"データベースサーバー、または\nメールボックスのある POP サーバーの\nアドレス。"}},
	{"message", "TPOPS_MESSAGE", Text{
		"Message of the database driver.",
		"データベースのドライバーのメッセージ。"}},
	{"uid", "TPOPS_UID", Text{
		"User id of the operator: of the process that has used the control socket, or of tpopsctl.",
		"管理者のユーザー ID。\n制御ソケットを使ったプロセス、または tpopsctl のもの。"}},
	{"dialogue", "TPOPS_DIALOGUE", Text{
		"Lines of a dialogue: the time (UTC), C for the client, S for the server or - for an event, and the text, without secrets.",
		"対話の行。\n時刻 (UTC)、クライアントの C、サーバーの S、\nまたは出来事の - と、秘密を除いた内容。"}},
	{"command", "TPOPS_COMMAND", Text{
		"Command of the client, with secrets masked.",
		"クライアントのコマンド (秘密は伏せられる)。"}},
	{"response", "TPOPS_RESPONSE", Text{
		"First line of the response.",
		"応答の最初の行。"}},
}
