package config

import (
	"time"
)

func (c *Config) processes() []Param {
	return []Param{
		{Name: "user", Short: "u", Default: "parent's", Optional: true, Restart: true, value: owner(&c.Processes.User),
			Help:     "User to run as (name or number). Leave it unset to serve the mailboxes of system users: only root can act as their owners.",
			Japanese: "デーモンを動かすユーザー (名前または番号)。\nシステムのユーザーのメールボックスでは指定しない。\n所有者として操作できるのは root だけである。"},
		{Name: "group", Short: "g", Default: "parent's", Optional: true, Restart: true, value: owner(&c.Processes.Group),
			Help:     "Group to run as (name or number).",
			Japanese: "デーモンを動かすグループ (名前または番号)。"},
		{Name: "parallel-type", Default: "prefork", Restart: true,
			Only: unless("inetd", "yes"), value: choice(&c.Processes.ParallelType, "prefork", "fork", "thread"),
			Brief:    "Concurrency model: prefork, fork or thread",
			Help:     "Concurrency model. prefork: processes that are started in advance. fork: one process for each connection. thread: one process for all connections.",
			Japanese: "複数の接続を並行して処理する方法。\nprefork は前もって起動したプロセスで、\nfork は接続ごとのプロセスで、\nthread は 1 つのプロセスで処理する。"},
		{Name: "drain-time", Default: "10", Only: unless("inetd", "yes"), value: duration(&c.Processes.DrainTime, 0, 10*time.Minute),
			Help:     "With systemd: time for running commands to finish when the daemon stops. If it is restarted, sessions continue.",
			Japanese: "systemd のもとでデーモンを終わらせるとき、\n実行中のコマンドが終わるのを待つ時間。\n再起動の場合、セッションは続く。"},
		{Name: "idle-exit", Default: "0", Only: unless("inetd", "yes"), value: duration(&c.Processes.IdleExit, 0, mostWait),
			Help:     "With sockets from systemd: stop after this time without a session. The next connection starts the daemon again. 0 disables this.",
			Japanese: "systemd からソケットを渡されているとき、\nセッションのない状態がこの時間続いたら終了する。\n次の接続があればまた起動される。\n0 では終了しない。"},
		{Name: "min-servers", Default: "5", Only: only("parallel-type", "prefork"), value: count(&c.Processes.MinServers, 1, 100_000),
			Help:     "Minimum number of children. Two spare children are kept idle until max-servers is reached.",
			Japanese: "子プロセスの最小数。\nmax-servers に達するまでは、\n待機する子プロセスを 2 つ保つ。"},
		{Name: "max-servers", Default: "50", Restart: true, Only: unless("inetd", "yes"), value: count(&c.Processes.MaxServers, 1, 100_000),
			Brief:    "Maximum number of connections",
			Help:     "Maximum number of connections served at the same time. Further clients wait in the queue of the socket.",
			Japanese: "同時にサービスする接続の最大数。\nこれを超えるクライアントは、\nソケットのキューで待つ。"},
		{Name: "max-use", Default: "100", Only: only("parallel-type", "prefork"), value: count(&c.Processes.MaxUse, 1, 1_000_000_000),
			Help:     "Number of connections that a child serves before it exits.",
			Japanese: "1 つの子プロセスが、終了するまでに処理する接続の数。"},
		{Name: "max-idle", Default: "100", Only: only("parallel-type", "prefork"), value: duration(&c.Processes.MaxIdle, leastWait, mostWait),
			Help:     "Time that a child waits for its next connection before it exits.",
			Japanese: "子プロセスが、終了する前に次の接続を待つ時間。"},
	}
}
