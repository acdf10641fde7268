package eventlog

// usageKinds are the events of the file of usage.
var usageKinds = []Kind{
	{
		Event: "usage not recorded", ID: "e455ec1e139f4c91ad886674eda0df4a",
		Levels: levels(warn), always: "file error", often: "errno",
		Meaning: Text{
			"The file in usage-file could not be written. Logged again only after a success.",
			"パラメータ usage-file のファイルに書き込めなかった。\n次に書き込めるまでは、再び記録されることはない。",
		},
		Subject: Text{
			"The use of the service is not recorded",
			"サービスの利用を記録できません",
		},
		Explanation: Text{`Logins could not be recorded for "tpopsctl usage" in @TPOPS_FILE@:

@TPOPS_ERROR@

Clients do not notice this. Free space on the file system, or correct the path
or its permissions. The daemon tries again with the next sessions. If the file
was removed, or usage-file is changed, restart the daemon.`,
			`"tpopsctl usage" のためのログインの記録を、ファイル @TPOPS_FILE@ に書けませんでした。

@TPOPS_ERROR@

クライアントへの影響はありません。ファイルシステムの空きを増やすか、パスまたは
アクセス権を直してください。次のセッションのときに、もう一度書き込みます。
ファイルを削除したとき、または usage-file を変えたときは、デーモンを再起動してください。`},
		Pages: "tpopsctl(8) tpops.toml(5)",
	},
	{
		Event: "usage file damaged", ID: "50179729c5504263b8ba0abbd6619693",
		Levels: levels(warn), always: "file records",
		Meaning: Text{
			"Parts of the file in usage-file were damaged, and are used for new records.",
			"パラメータ usage-file のファイルに壊れた部分があった。\nその部分は新しい記録に使われる。",
		},
		Subject: Text{
			"Parts of the file @TPOPS_FILE@ were damaged",
			"ファイル @TPOPS_FILE@ に壊れた部分があります",
		},
		Explanation: Text{`@TPOPS_FILE@ had @TPOPS_DROPPED@ damaged parts. What was recorded there of
earlier logins is lost. New logins are recorded, and mail is not affected.

This happens after a crash of the system. If it happens otherwise, another
program has changed the file, or the disk has errors.`,
			`@TPOPS_FILE@ に壊れた部分が @TPOPS_DROPPED@ か所ありました。そこに記録されていた以前の
ログインは失われました。新しいログインは記録されます。メールへの影響はありません。

システムが異常停止した後に起こることがあります。そうでなければ、ほかのプログラムが
ファイルを変更したか、ディスクに誤りがあります。`},
		Pages: "tpopsctl(8)",
	},
}
