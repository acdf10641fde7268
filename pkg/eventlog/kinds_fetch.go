package eventlog

// fetchKinds are the events of messages that clients cannot fetch, or fetch again.
var fetchKinds = []Kind{
	{
		Event: "message unreadable", ID: "8ed8df43c5224093b973a01d78e10177",
		Levels: levels(warn), always: "session remote error", often: "forwarded user tls",
		Meaning: Text{
			"A client asked for a message that is encrypted, or compressed and damaged. The message was not sent and stays.",
			"クライアントが求めたメッセージは暗号化されているか、\n圧縮されていて壊れている。\n送信せず、そのまま残した。",
		},
		Subject: Text{
			"A message cannot be decoded",
			"メッセージをデコードできません",
		},
		Explanation: Text{`A client asked for a message whose file is encrypted, or compressed and damaged:

@TPOPS_ERROR@

No part of the message was sent, and no client can delete it.

Another mail server has written the file. If it is encrypted (mail_crypt of
Dovecot), have that server decrypt the mailbox. If it is damaged, restore it
from a backup, or move the file out of the Maildir.`,
			`クライアントが求めたメッセージのファイルは、暗号化されているか、圧縮されていて
壊れています。

@TPOPS_ERROR@

メッセージはまったく送信していません。クライアントからは削除できません。

ファイルを書いたのは別のメールサーバーです。暗号化されている場合 (Dovecot の
mail_crypt) は、そのサーバーでメールボックスを復号してください。壊れている場合は、
バックアップから復元するか、ファイルを Maildir の外へ移してください。`},
		Pages: "tpops-maildir(7) tpops-protocol(7)",
	},
	{
		Event: "message broken off", ID: "b894efd720444c34a56203830ef62d6f",
		Levels: levels(warn), always: "session remote user uidl octets sent count file", often: "forwarded tls", each: true,
		Meaning: Text{
			"Several sessions within 7 days ended while the message was being sent. The client may never get the messages after it.",
			"7 日のうちに、いくつものセッションが\nこのメッセージの送信中に終わった。\nクライアントはその後のメッセージを\n受け取れないかもしれない。",
		},
		Subject: Text{
			"Downloads of a message of @TPOPS_USER@ break off",
			"@TPOPS_USER@ のメッセージのダウンロードが途切れます",
		},
		Explanation: Text{`@TPOPS_COUNT@ sessions within 7 days ended while this message was being sent:
UIDL @TPOPS_UIDL@, file @TPOPS_FILE@, @TPOPS_OCTETS@ octets.
The last session ended after @TPOPS_SENT@ octets.

The client, a virus scanner or a firewall before it may fail on the message, and
the client may never get the messages after it. To examine the mailbox, and to
hide the message until the cause is found, write @TPOPS_USER@ and the
UIDL in single quotes, and each ' in them as '\'':
tpopsctl doctor --deep --user 'USER'
tpopsctl set-aside 'USER' 'UIDL'`,
			`7 日のうちに @TPOPS_COUNT@ 個のセッションが、次のメッセージの送信中に
終わりました。
UIDL @TPOPS_UIDL@、ファイル @TPOPS_FILE@、@TPOPS_OCTETS@ オクテット。
最後のセッションは @TPOPS_SENT@ オクテットで終わりました。

クライアント、またはその手前のウイルス検査やファイアウォールが、このメッセージで
失敗しているかもしれません。その場合、クライアントはその後のメッセージを受け取れま
せん。メールボックスを調べ、原因がわかるまでメッセージを隠すには、@TPOPS_USER@ と
UIDL を引用符 ' で囲み、その中の ' はそれぞれ '\'' と書きます:
tpopsctl doctor --deep --user 'USER'
tpopsctl set-aside 'USER' 'UIDL'`},
		Pages: "tpopsctl(8)",
	},
	{
		Event: "fetched again", ID: "4dd17d6709d942c2a83c92e8b71c4440",
		Levels: levels(warn), always: "session remote user count sessions uidl", often: "forwarded tls",
		Meaning: Text{
			"The same messages were retrieved in several sessions within 7 days that ended without QUIT. The client may make duplicates.",
			"7 日のうちに、QUIT なしで終わったいくつもの\nセッションが、同じメッセージを取得した。\nクライアントは同じメッセージを\n重複して取り込んでいるかもしれない。",
		},
		Subject: Text{
			"@TPOPS_USER@ retrieves the same messages again and again",
			"@TPOPS_USER@ が同じメッセージを何度も受信しています",
		},
		Explanation: Text{`The client of @TPOPS_USER@ at @TPOPS_REMOTE@ has retrieved
@TPOPS_COUNT@ messages in several sessions within 7 days, up to
@TPOPS_SESSIONS@, all of which ended without QUIT. The first message has the
UIDL @TPOPS_UIDL@. Of a session at most 256 messages are counted.

Without QUIT no message is deleted. A client that relies on the deletion, such as
a ticket system, takes the messages for new ones each time and makes duplicates.
See how this session ended:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
Usually the client has a timeout that is too short, fails on one message, or a
firewall cuts its connection.`,
			`@TPOPS_REMOTE@ にある @TPOPS_USER@ のクライアントは、7 日のうちに、QUIT なしで
終わった最大 @TPOPS_SESSIONS@ 個のセッションで、@TPOPS_COUNT@ 通の同じメッセージを
受信しました。最初のメッセージの UIDL は @TPOPS_UIDL@ です。
1 つのセッションにつき 256 通まで数えます。

QUIT がなければメッセージは削除されません。チケットシステムのように、削除されることを
前提とするクライアントは、毎回それらを新しいメッセージとみなし、重複して取り込みます。
このセッションがどのように終わったかを確かめてください:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
多くの場合、クライアントのタイムアウトが短すぎるか、あるメッセージで失敗しているか、
ファイアウォールが接続を切っています。`},
		Pages: "tpopsctl(8)",
	},
}
