package config

import "time"

func (c *Config) mysql() []Param {
	mysql := only("auth-type", "mysql")
	return []Param{
		{Name: "mysql-server", Default: none, Optional: true, Only: mysql, value: servers(&c.MySQL.Server, "3306"),
			Help: "Server: host, host:port, or the path of a socket. Several, separated by commas, are tried in turn. None is this machine's, by its socket /run/mysqld/mysqld.sock."},
		{Name: "mysql-user", Default: none, Optional: true, Only: mysql, value: text(&c.MySQL.User, checkLine),
			Help: "User for the server."},
		{Name: "mysql-passwd", Optional: true, Only: mysql, value: secret(&c.MySQL.Passwd),
			Help: "Password for the server. Other users of the machine can read the command line, so give it in a file."},
		{Name: "mysql-db", Default: none, Optional: true, Required: true, Only: mysql, value: text(&c.MySQL.DB, checkLine),
			Help: "Database."},
		{Name: "mysql-tls", Default: "no", Only: mysql, value: yesNo(&c.MySQL.TLS),
			Help: "Talk TLS to the server, and only if its certificate is valid for the name in mysql-server."},
		{Name: "mysql-tls-ca", Default: none, Optional: true, Only: only("mysql-tls", "yes"),
			value: path(&c.MySQL.TLSCA),
			Help:  "File of the certificates, in PEM, that may sign the server's; by default the system's."},
		{Name: "mysql-timeout", Default: "5s", Only: mysql, value: duration(&c.MySQL.Timeout, leastWait, 10*time.Minute),
			Help: "Time to wait for the server."},
		{Name: "mysql-connections", Default: "16", Only: mysql, value: count(&c.MySQL.Connections, 1, 10_000),
			Help: "Maximum number of connections to the server."},
		{Name: "mysql-auth-query", Default: `select login,passwd,maildir from user where login="%s"`, Only: mysql,
			value: text(&c.MySQL.AuthQuery, checkLines),
			Help:  "Query for login, password, Maildir. %s is the login name given, %u its part left of @, %d its part right of @ (empty without @), %% a percent sign."},
		{Name: "mysql-crypt-passwd", Default: "no", Only: mysql, value: choice(&c.MySQL.CryptPasswd, "no", "yes", "crypt", "sha"),
			Help: "How the stored password is encrypted. no: plain; yes: crypt, then sha; crypt: the system's crypt(); sha: SHA-1 in base64, a leading {SHA} ignored. With anything but no there is no APOP."},
	}
}
