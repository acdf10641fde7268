package config

import (
	"time"
)

func (c *Config) limits() []Param {
	counted := unless("inetd", "yes")
	return []Param{
		{Name: "max-per-address", Default: "50", Only: counted, value: count(&c.Limits.MaxPerAddress, 0, 100_000),
			Help:     "Maximum number of connections from one address (IPv6: one /64 network). 0 disables the limit.",
			Japanese: "1 つのアドレスからの接続の最大数。\nIPv6 では 64 ビットのネットワークを 1 つと数える。\n0 では制限しない。"},
		{Name: "max-per-user", Default: "10", Only: counted, value: count(&c.Limits.MaxPerUser, 0, 100_000),
			Help:     "Maximum number of sessions of one user. 0 disables the limit. With maildir-lock, a mailbox has at most one session.",
			Japanese: "1 人のユーザーのセッションの最大数。\n0 では制限しない。\nmaildir-lock が有効なら、\nもともと 1 つのメールボックスに 1 つしか許されない。"},
		{Name: "max-before-login", Default: "0", Only: counted, value: count(&c.Limits.MaxBeforeLogin, 0, 100_000),
			Help:     "Maximum number of connections before login. 0 means half of max-servers. If there are more, the oldest connection of the address with the most such connections is closed.",
			Japanese: "まだログインしていない接続の最大数。\n0 は max-servers の半分を表す。\nこれを超えると、そのような接続が最も多いアドレスの、\n最も古い接続を終わらせる。"},
		{Name: "login-time", Default: "120", value: duration(&c.Limits.LoginTime, 0, mostWait),
			Help:     "Maximum time from the start of a connection to the login, without the delays after failed logins. 0 disables the limit.",
			Japanese: "ログインするまでの時間。\n接続の開始から数え、\nログインの失敗による遅延は含めない。\n0 では制限しない。"},
		{Name: "guess-delay-max", Default: "10", Only: counted, value: duration(&c.Limits.GuessDelayMax, 0, 10*time.Minute),
			Help:     "Maximum delay before a password is checked, after several failed logins of a user or of many users from one address. 0 disables the delay.",
			Japanese: "ユーザーのログインが何度か失敗した後、\nまたは 1 つのアドレスで多くのユーザーのログインが失敗した後、\nパスワードを確かめる前に置く遅延の上限。\n遅延は失敗を重ねるごとに大きくなる。\n0 では遅らせない。"},
		{Name: "guard-exempt", Default: "127.0.0.0/8,::1", Only: counted, value: networksOrNone(&c.Limits.GuardExempt),
			Help:     "Networks separated by commas, or none. Limits per address do not apply to these networks. Use it for addresses with many clients, such as proxies and webmail.",
			Japanese: "コンマで区切ったネットワーク、または none。\nプロキシやウェブメールなど、\n多数のクライアントを代表するアドレスを指定する。\nここではアドレスごとの制限を適用しない。"},
	}
}
