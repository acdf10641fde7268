package config

import (
	"time"
)

func (c *Config) login() []Param {
	return []Param{
		{Name: "login-hook", Default: none, Optional: true, Restart: true, value: absolutePath(&c.Hook.Program),
			Help:     "Program to start after each login: an absolute path, without arguments. No shell is used. The program receives its data in environment variables. Its result does not affect the session.",
			Japanese: "ユーザーがログインしたときに起動するプログラム。\n絶対パスで書く。\nシェルを通さず、引数なしで起動され、\n必要な情報は環境変数で渡される。\nその結果はセッションに影響しない。"},
		{Name: "login-hook-timeout", Default: "10", Restart: true, Only: whenSet("login-hook"), value: duration(&c.Hook.Timeout, leastWait, 10*time.Minute),
			Help:     "Maximum run time of the program. After this time the program and all processes that it started are killed.",
			Japanese: "プログラムが使ってよい時間。\nこれを過ぎると、プログラムから起動されたものとともに\n強制終了される。"},
		{Name: "login-hook-max", Default: "8", Restart: true, Only: whenSet("login-hook"), value: count(&c.Hook.Max, 1, 1000),
			Help:     "Maximum number of programs at the same time. About a hundred more logins are queued; for further ones no program is started.",
			Japanese: "同時に動いてよいプログラムの数。\nさらに約 100 件のログインが待ち、\nそれを超えるとプログラムは起動されない。"},
	}
}
