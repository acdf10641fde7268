package config

import (
	"time"
)

func (c *Config) proxy() []Param {
	proxy := only("mailbox-type", "proxy")
	return []Param{
		{Name: "pop-server", Default: "localhost:10110", Only: proxy, value: hosts(&c.Proxy.Server, "110"),
			Help:     "POP server: host or host:port. Several servers, separated by commas, are tried in order until one is reachable. A pop-server in the user's row in passwd-file or MySQL takes precedence.",
			Japanese: "POP サーバー。\nhost または host:port。\nコンマで区切って複数書くと、接続できるまで順に試す。\npasswd-file または MySQL のユーザーの行に pop-server が\nあれば、そちらを優先する。"},
		{Name: "pop-server-tls", Default: "no", Only: proxy, value: choice(&c.Proxy.TLS, "no", "stls", "implicit"),
			Help:     "Use TLS for the connection to the POP server: with the command STLS (stls) or from the start (implicit). The certificate must be valid for the name in pop-server.",
			Japanese: "POP サーバーと TLS で通信する。\nSTLS コマンドで始めるか、接続してすぐに始める (implicit)。\n証明書が pop-server に書いた名前に対して\n有効なときに限る。"},
		{Name: "pop-server-tls-ca", Default: none, Optional: true, Only: append(only("pop-server-tls", "stls", "implicit"), proxy...),
			value:    path(&c.Proxy.TLSCA),
			Help:     "File with the CA certificates for the POP server, in PEM. none: the CA certificates of the system.",
			Japanese: "POP サーバーの証明書に署名してよい証明書を収めた\nPEM 形式のファイル。\nnone ではシステムのもの。"},
		{Name: "pop-server-timeout", Default: "60", Only: proxy, value: duration(&c.Proxy.Timeout, leastWait, 10*time.Minute),
			Help:     "Maximum wait for the POP server: for the connection, and for each response or part of one.",
			Japanese: "POP サーバーを待つ時間。\n接続と、それぞれの応答またはその一部について数える。"},
		{Name: "pop-server-client", Default: none, Only: proxy, value: choice(&c.Proxy.Client, none, "xclient", "proxy"),
			Help:     "How the POP server receives the address of the client. none: not at all. xclient: with XCLIENT, if the greeting offers it. proxy: with a PROXY protocol header, version 2; the server must expect it.",
			Japanese: "クライアントのアドレスを POP サーバーに伝える方法。\n伝えない (none)、最初の応答が XCLIENT を示していれば\nそのコマンドで伝える、または PROXY プロトコル\nバージョン 2 のヘッダーで伝える\n(サーバーがこれを待つ設定であること)。"},
	}
}
