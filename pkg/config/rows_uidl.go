package config

import "tpops/pkg/uidlist"

// maildirUIDL returns the rows of what decides on UIDLs and order, all of which need
// the condition maildir.
func (c *Config) maildirUIDL(maildir []Condition) []Param {
	named := append(only("maildir-uidl", "name"), maildir...)
	return []Param{
		{Name: "maildir-uidl", Default: "name", Only: maildir, value: choice(&c.Mailbox.UIDL, "name", "dovecot", "courier"),
			Help:     "Source of the UIDLs and of the order of messages. name uses file names and tpops_uidl. dovecot uses and extends the file dovecot-uidlist in the Maildir, while Dovecot serves the same Maildir. courier does so with courierpop3dsizelist.",
			Japanese: "UIDL とメッセージの順序をどこから得るか。\nname ではファイル名と tpops_uidl から。\ndovecot では Maildir の中の dovecot-uidlist を使い、書き足す。\n同じ Maildir を Dovecot も使っている間のためのもの。\ncourier では courierpop3dsizelist を同じように使う。"},
		{Name: "maildir-uidl-format", Default: uidlist.DefaultFormat, Only: append(only("maildir-uidl", "dovecot"), maildir...),
			value:    text(&c.Mailbox.UIDLFormat, checkFormat),
			Help:     "The pop3_uidl_format of Dovecot, in the syntax of 2.3 or 2.4.",
			Japanese: "Dovecot の pop3_uidl_format。\n2.3 と 2.4 のどちらの書き方でもよい。"},
		{Name: "maildir-uidl-convert", Default: "yes", Only: named, value: yesNo(&c.Mailbox.UIDLConvert),
			Help:     "If there is a file tpops_uidl in the Maildir, take UIDLs and the order of messages from it. tpopsctl import writes this file. In 0.8 the default was no.",
			Japanese: "Maildir の中にファイル tpops_uidl があれば、\nUIDL とメッセージの順序をそれに従わせる。\nこのファイルは tpopsctl import が書く。\n0.8 でのデフォルトは no だった。"},
		{Name: "uidl-mismatch", Default: "refuse", Only: named, value: choice(&c.Mailbox.UIDLMismatch, "refuse", "accept"),
			Help:     "The first login to a Maildir that has messages and the list of UIDLs of Dovecot or Courier, but no tpops_uidl. refuse rejects it as a temporary error until tpopsctl import has run. accept gives the messages new UIDLs, and clients download them again.",
			Japanese: "メッセージと、Dovecot または Courier の UIDL の一覧があり、\ntpops_uidl のない Maildir への最初のログイン。\nrefuse では tpopsctl import を実行するまで\n一時的なエラーとして断る。\naccept ではメッセージに新しい UIDL を付けるので、\nクライアントはすべてをもう一度取得する。"},
	}
}

// checkFormat reports what is wrong with a pop3_uidl_format.
func checkFormat(s string) error {
	_, err := uidlist.ParseFormat(s)
	return err
}
