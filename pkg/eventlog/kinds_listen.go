package eventlog

// listenKinds are the events of addresses, certificates and the sandbox.
var listenKinds = []Kind{
	{
		Event: "listening", ID: "acc704e3bf2b42abbc901ea7f0782497",
		Levels: levels(info), always: "address version",
		Meaning: Text{
			"The daemon accepts connections at an address.",
			"あるアドレスで接続の受け付けを始めた。",
		},
		Subject: Text{
			"TPOPS accepts connections at @TPOPS_ADDRESS@",
			"@TPOPS_ADDRESS@ で POP3 接続の受け付けを開始しました",
		},
		Explanation: Text{`TPOPS @TPOPS_VERSION@ accepts connections at @TPOPS_ADDRESS@.

No action is required.`,
			`TPOPS @TPOPS_VERSION@ が @TPOPS_ADDRESS@ で接続を受け付けています。

対処は必要ありません。`},
		Pages: "tpops(8) tpops.toml(5)",
	},
	{
		Event: "port ignored", ID: "a41589786d334ec89ecd1f60322c39a8",
		Levels: levels(warn), always: "port reason",
		Meaning: Text{
			"The port in the parameter port or tls-port is ignored, because systemd passed sockets for other ports.",
			"パラメータ port または tls-port のポートが、\nsystemd から渡されたソケットのものと異なる。\nサービスするのは渡されたソケットだけである。",
		},
		Subject: Text{
			"The configured port @TPOPS_PORT@ is ignored",
			"設定のポート @TPOPS_PORT@ は使われません",
		},
		Explanation: Text{`The parameter port or tls-port is set to @TPOPS_PORT@, but systemd passed
sockets for other ports. The daemon serves only the sockets from systemd.

To listen on another port, change ListenStream= with
"systemctl edit tpops.socket" (for TLS: tpops-tls.socket). To silence this
warning, remove the parameter from the configuration file.`,
			`パラメータ port または tls-port は @TPOPS_PORT@ ですが、ポートはすでに systemd が開いて
デーモンに渡しています。サービスは systemd から渡されたソケットだけで行います。

待ち受けるアドレスを変えるには "systemctl edit tpops.socket" (TLS では
tpops-tls.socket) で ListenStream= を変更してください。この警告が不要であれば、
設定ファイルからそのパラメータを削除してください。`},
		Pages: "tpops.toml(5) tpops-systemd(7)",
	},
	{
		Event: "TLS not configured", ID: "bfe67bcbfdd34a1b8f6d703b68daea27",
		Levels: levels(fault), always: "address",
		Meaning: Text{
			"Connections to a TLS address are closed, because no certificate is configured.",
			"証明書がないため、\nTLS 用のアドレスへの接続を閉じる。",
		},
		Subject: Text{
			"Connections to @TPOPS_ADDRESS@ are closed: TLS is not configured",
			"TLS が設定されていないため @TPOPS_ADDRESS@ への接続を閉じます",
		},
		Explanation: Text{`Connections to @TPOPS_ADDRESS@ must begin with TLS, but no certificate is
configured. The daemon closes each of them at once.

Configure a certificate (tls-cert), or close the port:
"systemctl disable --now tpops-tls.socket".`,
			`@TPOPS_ADDRESS@ は最初から TLS を使う接続のためのものですが、証明書が設定
されていません。ここでは平文で何も送れないため、接続はすぐに閉じられます。

証明書を設定するか、"systemctl disable --now tpops-tls.socket" でこのポートを
閉じてください。`},
		Pages: "tpops-security(7) tpops-systemd(7)",
	},
	{
		Event: "certificate expiry", ID: "f725dce5572a4cfaae49adfcc802b497",
		Levels: levels(warn, fault), always: "certificate file expires",
		texts: []string{"certificate expires soon", "certificate expired"},
		Meaning: Text{
			"A certificate expires within 30, 7 or 1 days (warning) or has expired (error).",
			"証明書の期限が 30 日、7 日、または 1 日以内に切れる (警告)、\nあるいはすでに切れている (エラー)。",
		},
		Subject: Text{
			"The certificate for @TPOPS_CERTIFICATE@ expires at @TPOPS_EXPIRES@",
			"@TPOPS_CERTIFICATE@ の証明書は @TPOPS_EXPIRES@ に期限が切れます",
		},
		Explanation: Text{`The certificate in @TPOPS_FILE@ is valid until @TPOPS_EXPIRES@.
After that time, mail programs refuse to connect. This event is logged 30, 7
and 1 days before the certificate expires, and when it has expired.

Renew the certificate. The daemon reads the files again when they change. A
restart is required only if systemd passes them as credentials.`,
			`@TPOPS_FILE@ の証明書の有効期限は
@TPOPS_EXPIRES@ です。期限が切れると、メールソフトは接続を拒みます。この記録は
30 日前、7 日前、1 日前と、期限が切れたときに書かれます。

証明書を更新してください。ファイルが変わるとデーモンは自動的に読み直すため、
再起動は必要ありません (systemd のクレデンシャルとして渡している場合を除く)。`},
		Pages: "tpops-security(7)",
	},
	{
		Event: "certificate reloaded", ID: "18ddf8d0fc1b4602896b3cafa8fecf75",
		Levels: levels(info), always: "certificate file expires",
		Meaning: Text{
			"The files of a certificate have changed and were read again. New connections use the new certificate.",
			"証明書のファイルが変わった。\n新しい接続にはその内容が使われる。",
		},
		Subject: Text{
			"The certificate for @TPOPS_CERTIFICATE@ was reloaded",
			"@TPOPS_CERTIFICATE@ の新しい証明書を読み込みました",
		},
		Explanation: Text{`The certificate files in @TPOPS_FILE@ have changed. New connections use
the new certificate, which is valid until @TPOPS_EXPIRES@.

No action is required.`,
			`@TPOPS_FILE@ の証明書のファイルが変わりました。新しい接続には、
@TPOPS_EXPIRES@ まで有効な、今の内容が使われます。

対処は必要ありません。`},
		Pages: "tpops-security(7)",
	},
	{
		Event: "certificate reload failed", ID: "5aef4f37f06d4ce092c464f66c303924",
		Levels: levels(fault), always: "file error", often: "errno",
		Meaning: Text{
			"The files of a certificate have changed, but the new files are unusable. The previous certificate stays in use.",
			"証明書のファイルが変わったが、使えない。\n以前に読み込んだ証明書を使い続ける。",
		},
		Subject: Text{
			"The new certificate in @TPOPS_FILE@ is unusable",
			"@TPOPS_FILE@ の新しい証明書は使えません",
		},
		Explanation: Text{`The certificate files have changed, but the new files are unusable:

@TPOPS_ERROR@

The previous certificate stays in use. Check that the key belongs to the
certificate and that the daemon's user can read both files. The daemon tries
again when the files change. Until then it does not repeat this event.`,
			`証明書のファイルが変わりましたが、使えません: @TPOPS_ERROR@

以前に読み込んだ証明書を使い続けます。鍵が証明書と対になっていて、両方のファイルを
デーモンのユーザーが読めることを確かめてください。ファイルがまた変わると読み直します。
それまでこの記録は繰り返されません。`},
		Pages: "tpops-security(7) tpops.toml(5)",
	},
	{
		Event: "sandbox enabled", ID: "73c6740615374ff7ac7fd8ab4b825a09",
		Levels: levels(debug, info, warn), always: "report",
		Meaning: Text{
			"The daemon has restricted itself: system calls with seccomp and, with mail-roots, files with Landlock.",
			"デーモンが自身の権限を制限した。\nシステムコールは seccomp、\nファイルは Landlock による (mail-roots があるとき)。",
		},
		Subject: Text{
			"The daemon has restricted its own rights",
			"デーモンは自身の権限を制限しました",
		},
		Explanation: Text{`Before it serves clients, the daemon gives up the rights that it does not need.
If it is ever compromised, it cannot start programs or, with mail-roots, open
other files. Restrictions: @TPOPS_REPORT@

Usually no action is required. "missing" means that a directory does not
exist, "not enforced" that the kernel lacks the protection. After creating a
missing directory, restart the daemon.`,
			`デーモンはサービスを始める前に、不要な権限を自ら手放します。そのため、万一
乗っ取られても、ほかのプログラムを起動することや、mail-roots があればほかの
ファイルを開くことはできません。現在有効な制限: @TPOPS_REPORT@

通常、対処は必要ありません。missing または not enforced と示されている場合は、
そのディレクトリが存在しないか、カーネルがその保護機能に対応していません。
ディレクトリをあとから作成した場合は、再起動するまで使えません。`},
		Pages: "tpops-security(7) tpops-systemd(7)",
	},
}
