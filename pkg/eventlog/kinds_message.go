package eventlog

// messageKinds are the events of single messages.
var messageKinds = []Kind{
	{
		Event: "message retrieved", ID: "4eb39e23c6ae4824a7072535ecf2d8c5",
		Levels: levels(info), always: "session remote user uidl octets sent", often: "forwarded tls", each: true, message: true,
		Meaning: Text{
			"A message was sent to the client.",
			"メッセージをクライアントに送った。",
		},
		Subject: Text{
			"@TPOPS_USER@ retrieved a message",
			"@TPOPS_USER@ がメッセージを受信しました",
		},
		Explanation: Text{`@TPOPS_USER@ retrieved the message with the UIDL @TPOPS_UIDL@;
@TPOPS_SENT@ octets were sent.

No action is required. To see all events of the session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
tpops-events(7) has the command for all events of a message.
log-messages = false disables these events.`,
			`@TPOPS_USER@ が UIDL @TPOPS_UIDL@ のメッセージを受信しました。
送信したのは @TPOPS_SENT@ オクテットです。

対処は必要ありません。このセッションのすべての記録を見るには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
メッセージのすべての記録を見るコマンドは tpops-events(7) にあります。
log-messages = false とすると、この記録は書かれません。`},
		Pages: "tpops-events(7) tpops.toml(5)",
	},
	{
		Event: "message deleted", ID: "3917a7631e584323bfd342b8505ab19e",
		Levels: levels(info), always: "session remote user uidl octets", often: "forwarded tls reason kept", each: true, message: true,
		Meaning: Text{
			"A message was deleted at QUIT. If there is a reason, the parameter expire deleted it. kept means that tpopsctl undo can put it back.",
			"QUIT によってメッセージを削除した。\n理由が書かれていれば、パラメータ expire によるもの。\nkept があれば tpopsctl undo で元に戻せる。",
		},
		Subject: Text{
			"@TPOPS_USER@ deleted a message",
			"@TPOPS_USER@ がメッセージを削除しました",
		},
		Explanation: Text{`@TPOPS_USER@ deleted the message with the UIDL @TPOPS_UIDL@ of
@TPOPS_OCTETS@ octets from @TPOPS_REMOTE@.

No action is required. If keep-deleted is set, this puts back all messages that
the session deleted:
tpopsctl undo --session @TPOPS_SESSION@
To see all events of the session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
tpops-events(7) has the command for all events of a message.
log-messages = false disables these events.`,
			`@TPOPS_USER@ が @TPOPS_REMOTE@ から、UIDL @TPOPS_UIDL@ の
メッセージ (@TPOPS_OCTETS@ オクテット) を削除しました。

対処は必要ありません。keep-deleted が設定されていれば、次のコマンドで、
このセッションが削除したメッセージをすべて元に戻せます:
tpopsctl undo --session @TPOPS_SESSION@
このセッションのすべての記録を見るには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
メッセージのすべての記録を見るコマンドは tpops-events(7) にあります。
log-messages = false とすると、この記録は書かれません。`},
		Pages: "tpops-events(7) tpops.toml(5)",
	},
	{
		Event: "message deletion failed", ID: "548ce2337e7f47fe940ee7a6a427df87",
		Levels: levels(warn), always: "session remote user uidl octets", often: "forwarded tls", each: true,
		Meaning: Text{
			"A message that the client marked could not be deleted at QUIT. It is still there at the next login.",
			"クライアントが印を付けたメッセージを\nQUIT で削除できなかった。\n次のログインのときにも残っている。",
		},
		Subject: Text{
			"A message of @TPOPS_USER@ could not be deleted",
			"@TPOPS_USER@ のメッセージを削除できませんでした",
		},
		Explanation: Text{`@TPOPS_USER@ marked the message with the UIDL @TPOPS_UIDL@ for deletion,
but it could not be removed. The client received an error, and the message is
still there at the next login.

To see the other events of the session:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
Usually the file system is read-only or damaged, or a directory in the Maildir
does not belong to the owner of the mailbox. With mailbox-type = proxy, the
other server has refused the deletion or failed before it.`,
			`@TPOPS_USER@ は UIDL @TPOPS_UIDL@ のメッセージを削除しようとしましたが、
削除できませんでした。クライアントにはそのことを伝えました。メッセージは次のログインの
ときにも残っています。

このセッションのほかの記録を確認してください:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
多くの場合、ファイルシステムが読み取り専用であるか壊れている、または Maildir の
ディレクトリの所有者がメールボックスの所有者と異なることが原因です。
mailbox-type = proxy では、接続先のサーバーが削除を拒否したか、その前に
障害が起きています。`},
		Pages: "tpops-maildir(7) tpops-proxy(7)",
	},
	{
		Event: "message deletion unconfirmed", ID: "2bebea747e114ecaa5257b14e4c69bb0",
		Levels: levels(warn), always: "session remote user uidl octets", often: "forwarded tls", each: true,
		Meaning: Text{
			"A message that the client marked may have been deleted at QUIT, or not: the other server of a proxy did not confirm it.",
			"クライアントが印を付けたメッセージが\nQUIT で削除されたかどうかわからない。\nプロキシの接続先のサーバーが確認しなかった。",
		},
		Subject: Text{
			"It is not known whether a message of @TPOPS_USER@ was deleted",
			"@TPOPS_USER@ のメッセージが削除されたかどうかわかりません",
		},
		Explanation: Text{`@TPOPS_USER@ marked the message with the UIDL @TPOPS_UIDL@ for deletion.
The other server received the deletion and QUIT, but refused QUIT or did not
reply to it. It may have deleted the message or not. The client received an
error.

No action is required: if the message is still there, the next login shows it,
and the client can delete it again. To see what the other server replied:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
The log of the other server may show what it has deleted.`,
			`@TPOPS_USER@ は UIDL @TPOPS_UIDL@ のメッセージを削除しようとしました。
接続先のサーバーは、削除の指示と QUIT を受け取りましたが、QUIT を拒否したか、応答
しませんでした。メッセージは削除されたかもしれず、残っているかもしれません。
クライアントにはエラーを返しました。

対処は必要ありません。メッセージが残っていれば次のログインで見えるので、クライアントは
もう一度削除できます。接続先のサーバーの応答を確認するには:
journalctl TPOPS_SESSION=@TPOPS_SESSION@
何が削除されたかは、接続先のサーバーのログでわかる場合があります。`},
		Pages: "tpops-proxy(7)",
	},
}
