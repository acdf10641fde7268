package config

func (c *Config) general() []Param {
	return []Param{
		{Name: "config", Short: "f", Default: "/etc/tpops/tpops.toml", CommandLine: true, Restart: true, value: path(&c.Run.ConfigFile),
			Brief:    "Configuration file",
			Help:     "Configuration file in TOML. A file named here must exist. The default file may be missing at startup. Once read, it must also exist at each reload.",
			Japanese: "TOML 形式の設定ファイル。\nここで指定したファイルは存在しなければならない。\n既定のファイルは起動のときになくてもよいが、\n一度読み込んだ後は、再読み込みのときにも\n存在しなければならない。"},
		{Name: "check-config", Default: "no", CommandLine: true, value: yesNo(&c.Run.CheckConfig),
			Brief:    "Check the configuration and exit",
			Help:     "Check the configuration, report all errors, and exit.",
			Japanese: "設定を調べ、すべての誤りを報告して終了する。"},
		{Name: "help", Short: "h", Default: "no", CommandLine: true, value: helpSwitch(&c.Run.Help),
			Brief:    "Print this text; --help=all prints all options",
			Help:     "Print the most common options and exit. --help=all prints all options.",
			Japanese: "主なオプションを表示して終了する。\n--help=all はすべてのオプションを表示する。"},
		{Name: "version", Default: "no", CommandLine: true, value: yesNo(&c.Run.Version),
			Brief:    "Print the version and exit",
			Help:     "Print the version and exit.",
			Japanese: "バージョンを表示して終了する。"},
		{Name: "sample-config", Default: "no", CommandLine: true, value: yesNo(&c.Run.SampleConfig),
			Brief:    "Print a configuration file to start from, and exit",
			Help:     "Print a configuration file with all parameters commented out, their descriptions and defaults, and exit.",
			Japanese: "すべてのパラメータを、意味と既定値を添えて\nコメントにした設定ファイルを表示して終了する。"},
		{Name: "port", Short: "p", Default: "110", Restart: true, Only: unless("inetd", "yes"), value: address(&c.Run.Port),
			Brief:    "Port to listen on",
			Help:     "Port to listen on. host:port listens on that address only. Port 0 selects a free port.",
			Japanese: "待ち受けるポート。\nhost:port とすると、そのアドレスだけで待ち受ける。\nポート 0 は空いている任意のポートを表す。"},
		{Name: "inetd", Default: "no", Restart: true, value: yesNo(&c.Run.Inetd),
			Help:     "Serve one connection on standard input, as started by inetd.",
			Japanese: "inetd から起動されたものとして、\n標準入力の接続 1 本だけにサービスする。"},
		{Name: "fg", Default: "no", Restart: true, Only: unless("inetd", "yes"), value: yesNo(&c.Run.Foreground),
			Brief:    "Run in the foreground",
			Help:     "Run in the foreground.",
			Japanese: "フォアグラウンドで動作する。"},
		{Name: "debug", Default: "no", value: yesNo(&c.Run.Debug),
			Brief:    "Log commands and responses, with passwords masked",
			Help:     "Log the commands of clients and the responses of the server. Passwords are masked.",
			Japanese: "クライアントのコマンドとサーバーの応答を記録する。\nパスワードは伏せられる。"},
	}
}

// logging returns the rows of the logs, and of the PID file.
func (c *Config) logging() []Param {
	return []Param{
		{Name: "access-log", Default: none, Optional: true, value: path(&c.Log.Access),
			Brief:    "Access log file",
			Help:     "Access log file: one line for each connection, written when it ends.",
			Japanese: "アクセスログのファイル。\n接続が終わるたびに 1 行書かれる。"},
		{Name: "error-log", Default: none, Optional: true, value: path(&c.Log.Errors),
			Help:     "Error log file: warnings and errors, one line each.",
			Japanese: "エラーログのファイル。\n警告とエラーを 1 行ずつ書く。"},
		{Name: "usage-file", Default: none, Optional: true, Restart: true, value: absolutePath(&c.Log.Usage),
			Help:     "File in which the daemon remembers for each user when, from where and how the clients log in, for tpopsctl usage. A record is removed 400 days after the last login. The daemon runs without the file if it cannot be written.",
			Japanese: "ユーザーごとに、クライアントがいつ、どこから、\nどの方法でログインしたかを記録するファイル。\ntpopsctl usage が読む。\n記録は最後のログインから 400 日後に消される。\n書き込めなくても、デーモンは動作する。"},
		{Name: "pid-file", Default: none, Optional: true, Restart: true, Only: unless("inetd", "yes"), value: path(&c.Run.PIDFile),
			Help:     "File that contains the process id.",
			Japanese: "プロセス ID を記録するファイル。"},
		{Name: "control-socket", Default: "/run/tpops/control", Restart: true, Only: unless("inetd", "yes"), value: absoluteOrNone(&c.Run.Control),
			Help:     "Unix socket for tpopsctl. Only root and the group tpops-admin may use it. none: no socket. The daemon runs without the default socket if it cannot open it.",
			Japanese: "tpopsctl が接続する UNIX ソケット。\n使えるのは root とグループ tpops-admin だけである。\nnone はソケットを使わない。\n既定のソケットは、開けなくてもデーモンは動作する。"},
		{Name: "metrics-listen", Default: none, Optional: true, Restart: true, Only: unless("inetd", "yes"), value: metricsAddress(&c.Run.Metrics),
			Help:     "Where Prometheus gets metrics over HTTP: the path of a Unix socket, which only root and the group tpops-admin may use, or a loopback address and a port.",
			Japanese: "Prometheus が HTTP でメトリクスを取得する場所。\nUNIX ソケットのパス (使えるのは root とグループ tpops-admin だけ)、\nまたはループバックのアドレスとポート。"},
		{Name: "log-messages", Default: "yes", value: yesNo(&c.Log.Messages),
			Help:     "Log each message that is retrieved or deleted, with its UIDL.",
			Japanese: "取得または削除されたメッセージを、\nUIDL とともに 1 通ずつ記録する。"},
		{Name: "flight-recorder", Default: "0", Restart: true, Only: unless("inetd", "yes"), value: count(&c.Log.Recorder, 0, 1<<30),
			Help:     "Memory in octets, of all processes together, for the last lines of sessions, without passwords and messages. If a session ends abnormally, its last lines are logged. 4194304 is enough for most servers. 0 disables it.",
			Japanese: "セッションの最後の対話を保つメモリ。\nすべてのプロセスの合計 (オクテット)。\nパスワードとメッセージは含まれない。\nセッションが異常に終わると、最後の対話が記録される。\n多くのサーバーには 4194304 で十分である。\n0 では保たない。"},
		{Name: "syslog", Default: "mail", value: choice(&c.Log.Syslog, facilities()...),
			Help:     "Syslog facility. none disables logging to syslog.",
			Japanese: "syslog のファシリティ。\nnone では syslog に何も記録しない。"},
	}
}

func facilities() []string {
	return []string{none, "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
		"ftp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
}
