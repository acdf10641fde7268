package config

import (
	"time"
)

func (c *Config) mysql() []Param {
	mysql := only("auth-type", "mysql")
	return []Param{
		{Name: "mysql-server", Default: none, Optional: true, Only: mysql, value: servers(&c.MySQL.Server, "3306"),
			Help:     "Server: host, host:port, or the path of a socket. Several servers, separated by commas, are tried in order. none: the socket /run/mysqld/mysqld.sock.",
			Japanese: "サーバー。\nhost、host:port、またはソケットのパス。\nコンマで区切って複数書くと、順に試す。\nnone ではソケット /run/mysqld/mysqld.sock。"},
		{Name: "mysql-user", Default: none, Optional: true, Only: mysql, value: text(&c.MySQL.User, checkLine),
			Help:     "User name for the MySQL server.",
			Japanese: "サーバーに接続するときのユーザー。"},
		{Name: "mysql-passwd", Optional: true, Only: mysql, value: secret(&c.MySQL.Passwd),
			Help:     "Password for the MySQL server. Other users of the machine can read the command line: put the password into a file.",
			Japanese: "サーバーに接続するときのパスワード。\nコマンドラインはこのマシンの他のユーザーにも読めるので、\nファイルで与えること。"},
		{Name: "mysql-db", Default: none, Optional: true, Required: true, Only: mysql, value: text(&c.MySQL.DB, checkLine),
			Help:     "Name of the database.",
			Japanese: "データベース。"},
		{Name: "mysql-tls", Default: "no", Only: mysql, value: yesNo(&c.MySQL.TLS),
			Help:     "Use TLS for the connection to the server. The certificate must be valid for the name in mysql-server.",
			Japanese: "サーバーと TLS で通信する。\n証明書が mysql-server に書いた名前に対して\n有効なときに限る。"},
		{Name: "mysql-tls-ca", Default: none, Optional: true, Only: only("mysql-tls", "yes"),
			value:    path(&c.MySQL.TLSCA),
			Help:     "File with the CA certificates for the server, in PEM. none: the CA certificates of the system.",
			Japanese: "サーバーの証明書に署名してよい証明書を収めた\nPEM 形式のファイル。\nnone ではシステムのもの。"},
		{Name: "mysql-timeout", Default: "5s", Only: mysql, value: duration(&c.MySQL.Timeout, leastWait, 10*time.Minute),
			Help:     "Maximum wait for the server.",
			Japanese: "サーバーを待つ時間。"},
		{Name: "mysql-connections", Default: "16", Only: mysql, value: count(&c.MySQL.Connections, 1, 10_000),
			Help:     "Maximum number of connections to the server.",
			Japanese: "サーバーへの接続の最大数。"},
		{Name: "mysql-auth-query", Default: `select login,passwd,maildir from user where login="%s"`, Only: mysql,
			value:    text(&c.MySQL.AuthQuery, checkLines),
			Help:     "Query that returns login, password and Maildir. %s is the login name, %u its part before @, %d its part after @ (empty without @), %% a percent sign.",
			Japanese: "ログイン名、パスワード、Maildir を求める問い合わせ。\n%s は与えられたログイン名、\n%u はその @ より左の部分、\n%d は @ より右の部分 (@ がなければ空)、\n%% はパーセント記号。"},
		{Name: "mysql-list-query", Default: none, Optional: true, Only: mysql, value: text(&c.MySQL.ListQuery, checkLines),
			Help:     "Query that returns all login names, for tpopsctl: the column login, user or username, and optionally domain. none: select login from user, if mysql-auth-query has its default.",
			Japanese: "tpopsctl のためにすべてのログイン名を求める問い合わせ。\n列 login、user または username と、必要なら domain。\nnone では、mysql-auth-query がデフォルトなら\nselect login from user。"},
		{Name: "mysql-crypt-passwd", Default: "no", Only: mysql, value: choice(&c.MySQL.CryptPasswd, "no", "yes", "crypt", "sha"),
			Help:     "How passwords are stored. no: plain text. yes: crypt, then sha. crypt: the system's crypt(). sha: SHA-1 in base64; a leading {SHA} is ignored. APOP requires no.",
			Japanese: "保存されているパスワードの暗号化の方式。\nno: 平文、yes: crypt を試し次に sha、\ncrypt: システムの crypt 関数、\nsha: base64 で表した SHA-1 (先頭の {SHA} は無視する)。\nno 以外では APOP は使えない。"},
	}
}
