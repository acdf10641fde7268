package pop3

// japaneseReplies translates the replies that have words. The verbs are in the
// same order. The errors are in japaneseErrors.
var japaneseReplies = map[string]string{
	"password required":              "パスワードを送ってください",
	"%s has %d messages (%d octets)": "%s のメッセージは %d 通です (%d オクテット)",
	"%d messages (%d octets)":        "メッセージは %d 通です (%d オクテット)",
	"%d octets":                      "%d オクテット",
	"message deleted":                "メッセージに削除の印を付けました",
	"server signing off":             "終了します",
	"begin TLS negotiation":          "TLS を始めてください",
	"mechanisms follow":              "使える認証方式は次のとおりです",
	"Updated":                        "更新しました",
	"UTF8 enabled":                   "UTF8 を有効にしました",
	"languages follow":               "使える言語は次のとおりです",
	"%s language selected":           "%s 日本語で応答します",
}
