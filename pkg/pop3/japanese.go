package pop3

// japanese has the texts of all replies and errors of this package that are in
// words. The verbs are in the same order.
var japanese = map[string]string{
	"password required":              "パスワードを送ってください",
	"%s has %d messages (%d octets)": "%s のメッセージは %d 通です (%d オクテット)",
	"%d messages (%d octets)":        "メッセージは %d 通です (%d オクテット)",
	"%d octets":                      "%d オクテット",
	"message deleted":                "メッセージに削除の印を付けました",
	"server signing off":             "終了します",
	"begin TLS negotiation":          "TLS を始めてください",
	"mechanisms follow":              "使える認証方式は次のとおりです",
	"UTF8 enabled":                   "UTF8 を有効にしました",
	"languages follow":               "使える言語は次のとおりです",
	"%s language selected":           "%s 日本語で応答します",

	ErrCommand.Text:   "コマンドが正しくありません",
	ErrMany.Text:      "引数が多すぎます",
	ErrFewMany.Text:   "引数の数が正しくありません",
	ErrNoMessage.Text: "そのメッセージはありません",
	ErrNoAPOP.Text:    "APOP は使えません",
	ErrMechanism.Text: "その認証方式は使えません",
	ErrSASL.Text:      "認証のデータが正しくありません",
	ErrCancelled.Text: "認証を取り消しました",
	ErrLanguage.Text:  "その言語は使えません",
	ErrNoTLS.Text:     "STLS は使えません",
	ErrTLSActive.Text: "TLS の中ではこのコマンドは使えません",
	ErrClear.Text:     "ログインには TLS が必要です",
	ErrTooLong.Text:   "コマンド行が長すぎます",
	ErrExpired.Text:   "接続時間の上限を超えました",
	ErrNotAll.Text:    "削除できなかったメッセージがあります",
	ErrAuth.Text:      "認証に失敗しました",
	ErrTooSoon.Text:   "前回のログインから時間がたっていません",
	ErrLocked.Text:    "メールボックスは使用中です",
	ErrTemporary.Text: "一時的に利用できません。後でもう一度お試しください",
	ErrPermanent.Text: "利用できません。管理者にお問い合わせください",
}
