package eventlog

// configKinds are the events of the configuration.
var configKinds = []Kind{
	{
		Event: "configuration reloaded", ID: "4f3a5532402c40ffb4ec44d8fd0474ac",
		Levels: levels(info),
		Meaning: Text{
			"The configuration was reloaded. It applies to new sessions.",
			"設定を読み直した。\n今後始まるセッションに適用される。",
		},
		Subject: Text{
			"The configuration was reloaded",
			"設定を再読み込みしました",
		},
		Explanation: Text{`The configuration was read again and is valid. It applies to new sessions.
Existing sessions keep their old settings.

No action is required.`,
			`設定を再読み込みしました。設定に問題はありません。新しい設定は今後始まる
セッションに適用されます。現在のセッションは開始時の設定のまま続きます。

対処は必要ありません。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "configuration reload failed", ID: "d79065049e164382aa491502ffb8cc16",
		Levels: levels(fault), always: "error",
		Meaning: Text{
			"The configuration was read again and has an error. The previous configuration stays in use.",
			"設定を読み直したが、誤りがあった。\n以前の設定のまま動作を続ける。",
		},
		Subject: Text{
			"The new configuration has an error and is not used",
			"設定に誤りがあるため使用できません",
		},
		Explanation: Text{`The configuration was read again, but has an error:

@TPOPS_ERROR@

The daemon keeps the previous configuration. With the new one it would fail to
start.

Correct the error, check the result with "tpops --check-config", and run
"systemctl reload tpops.service".`,
			`設定を再読み込みしましたが、次の理由で使用できません。

@TPOPS_ERROR@

デーモンは以前の設定のまま動作を続けています。ただし、この設定のままでは次回の
起動に失敗します。

誤りを直し、"tpops --check-config" で問題がないことを確かめてから
"systemctl reload tpops.service" を実行してください。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "configuration warning", ID: "4893b1ce9b884d86a7a60f526f04df23",
		Levels: levels(warn), always: "parameter error",
		Meaning: Text{
			"A parameter is valid, but probably set by mistake.",
			"動作はするが、意図したものとは思えない設定がある。",
		},
		Subject: Text{
			"The parameter @TPOPS_PARAMETER@ is probably set by mistake",
			"パラメータ @TPOPS_PARAMETER@ の設定は意図したものでない可能性があります",
		},
		Explanation: Text{`The configuration is valid, but part of it is probably a mistake:

@TPOPS_ERROR@

Check the parameter @TPOPS_PARAMETER@ in /etc/tpops/tpops.toml.`,
			`デーモンはサービスしていますが、設定に見落としと思われるところがあります。

@TPOPS_ERROR@

/etc/tpops/tpops.toml のパラメータ @TPOPS_PARAMETER@ を確認してください。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "parameter deprecated", ID: "7c0490b0249649c7910eee16b1342596",
		Levels: levels(warn), always: "parameter error",
		Meaning: Text{
			"A parameter is set that a later version removes.",
			"将来のバージョンで廃止されるパラメータが設定されている。",
		},
		Subject: Text{
			"The parameter @TPOPS_PARAMETER@ is deprecated",
			"パラメータ @TPOPS_PARAMETER@ は非推奨です",
		},
		Explanation: Text{`The parameter still works, but the next major version removes it:

@TPOPS_ERROR@

Change the configuration before you install that version, which would report an
unknown parameter and not start.`,
			`このパラメータはまだ使えますが、次のメジャーバージョンで廃止されます。

@TPOPS_ERROR@

設定に残っていると、そのバージョンは起動しません。更新する前に設定を変更して
ください。`},
		Pages: "tpops.toml(5)",
	},
	{
		Event: "restart required", ID: "8605b08307d549ae8b954727110520f9",
		Levels: levels(warn), always: "parameter",
		Meaning: Text{
			"A changed parameter takes effect only after a restart.",
			"再起動しないと反映されないパラメータが変更された。",
		},
		Subject: Text{
			"The change of @TPOPS_PARAMETER@ requires a restart",
			"パラメータ @TPOPS_PARAMETER@ の変更は再起動するまで反映されません",
		},
		Explanation: Text{`The parameter @TPOPS_PARAMETER@ was changed, but it cannot be changed while the
daemon is running. All other changes are in use.

Run "systemctl restart tpops.service" at a convenient time. Sessions without
TLS continue after the restart.`,
			`パラメータ @TPOPS_PARAMETER@ が変更されました。ほかの変更は反映されましたが、
このパラメータは動作中には変更できません。

都合のよいときに "systemctl restart tpops.service" を実行してください。TLS を
使っていないセッションは、再起動しても途切れません。`},
		Pages: "tpops.toml(5)",
	},
}
