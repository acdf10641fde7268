package config

import (
	"fmt"
	"strconv"
	"time"
)

func (c *Config) protocol() []Param {
	return []Param{
		{Name: "hostname", Default: "uname -n", Optional: true, value: text(&c.Protocol.Hostname, checkHostname),
			Help:     "Host name in the greeting. uname -n stands for the output of that command.",
			Japanese: "クライアントへの最初のメッセージで名乗るホスト名。\nuname -n はこのコマンドの出力を表す。"},
		{Name: "connection-keep-time", Default: "3600", value: duration(&c.Protocol.ConnectionKeepTime, leastWait, mostWait),
			Help:     "Maximum duration of a connection. After this time it is closed, even during a command.",
			Japanese: "1 本の接続が続いてよい最長時間。\n接続の開始から数え、これを過ぎると\n処理の途中であっても切断する。"},
		{Name: "command-timeout", Default: "600", value: duration(&c.Protocol.CommandTimeout, leastWait, mostWait),
			Help:     "Maximum wait for a command. After this time the connection is closed.",
			Japanese: "コマンドを待つ時間。\nこの間何も送ってこないクライアントは切断する。"},
		{Name: "domain", Default: none, Optional: true, value: text(&c.Protocol.Domain, checkWord),
			Help:     "Domain that is appended to a login name without @, % or +. If it begins with a letter or digit, an @ is inserted before it.",
			Japanese: "@ % + のどれも含まないログイン名の後ろに付ける文字列。\n英字または数字で始まるときは @ を挟んで付ける。"},
		{Name: "login-case", Default: "keep", value: choice(&c.Protocol.LoginCase, "keep", "lower"),
			Help:     "Capital letters in login names of clients. keep: they are looked up as they are. lower: the letters A to Z become small before the name is looked up, counted or logged, for all methods of login, as Dovecot does by default. Then the user database must have small letters, and no two users may differ in case only.",
			Japanese: "クライアントが送るログイン名の大文字の扱い。\nkeep ではそのまま検索する。\nlower では Dovecot の初期設定と同じく、\nどのログイン方法でも、検索や記録の前に\nA から Z を小文字に変える。\nユーザーデータベースの名前は小文字で書き、\n大文字と小文字だけが違うユーザーがいてはならない。"},
		{Name: "error-interval", Default: "5", value: duration(&c.Protocol.ErrorInterval, 0, 10*time.Minute),
			Help:     "Delay before an error reply. error-interval-for selects which errors are delayed.",
			Japanese: "エラーを応答する前に待つ時間。\n対象は error-interval-for で決める。"},
		{Name: "error-interval-for", Default: "guesses", Only: unless("error-interval", "0"),
			value:    choice(&c.Protocol.ErrorIntervalFor, "guesses", "all"),
			Help:     "Which error replies error-interval delays. guesses: failed logins and other errors that help to guess passwords or flood the server. all: every error, as in 0.8.",
			Japanese: "error-interval が遅らせるもの。\nguesses はログインの失敗のほか、\nパスワードの推測や大量送信に使えるエラー、\nall は 0.8 と同じくすべてのエラー。"},
		{Name: "proxy-protocol-from", Default: none, Optional: true, value: networks(&c.Protocol.ProxyProtocolFrom),
			Help:     "Networks of load balancers that send a PROXY protocol header (version 1 or 2). The header gives the address of the client. A connection from these networks without a header is closed. From any other network a PROXY header is treated as an unknown command.",
			Japanese: "PROXY プロトコル (バージョン 1 または 2) の\nヘッダーを送るロードバランサーのネットワーク。\nクライアントのアドレスはヘッダーから得る。\nこれらのネットワークからのヘッダーのない接続は閉じる。\nほかのネットワークからの PROXY ヘッダーは、\n未知のコマンドとして扱う。"},
		{Name: "xclient-from", Default: none, Optional: true, value: networks(&c.Protocol.XCLIENTFrom),
			Help:     "Networks of proxies that may send the address of the client with XCLIENT, as Dovecot defines it, before the login.",
			Japanese: "ログインの前に、Dovecot と同じ XCLIENT で\nクライアントのアドレスを送ってよい\nプロキシのネットワーク。"},
		// The policy of a site (RFC 2449).
		{Name: "login-delay", Default: "0", Only: append(unless("inetd", "yes"), only("parallel-type", "thread")...), value: duration(&c.Protocol.LoginDelay, 0, 24*time.Hour),
			Help:     "Minimum time between two logins of one user, announced by CAPA. Two logins may follow each other at once; then the wait applies. 0 disables the limit.",
			Japanese: "同じユーザーの 2 回のログインの間の最短の時間。\nCAPA で知らせる。\n2 回続けてのログインは、この時間を待たずにできる。\n0 では制限しない。"},
		{Name: "expire", Default: none, Optional: true, Only: only("mailbox-type", "maildir"), value: text(&c.Protocol.Expire, checkExpire),
			Help:     "Number of days after which messages may be removed, or never. Announced by CAPA. At QUIT, messages are removed that a client has retrieved, in this or an earlier session, and whose files are unchanged for this time. With 0, all messages that this session has retrieved are removed. Other messages stay. none: no message is removed, and nothing is announced.",
			Japanese: "メッセージを削除してよくなるまでの日数、または never。\nCAPA で知らせる。\n今回または以前にクライアントが取得し、\nファイルがこの日数の間変わっていないメッセージを QUIT のときに削除する。\n0 では、そのセッションで取得したものをすべて削除する。\nほかのメッセージは残る。\nnone では何も削除せず、何も知らせない。"},
	}
}

func checkExpire(s string) error {
	if n, err := strconv.ParseUint(s, 10, 32); s != "never" && (err != nil || n > 100_000 || strconv.FormatUint(n, 10) != s) {
		return fmt.Errorf("must be a number of days from 0 to 100000, or never, not %s", show(s))
	}
	return nil
}
