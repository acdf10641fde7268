package config

func (c *Config) tls() []Param {
	cert := whenSet("tls-cert")
	return []Param{
		{Name: "tls-cert", Default: none, Optional: true, value: paths(&c.TLS.Cert),
			Brief:    "Certificate files in PEM",
			Help:     "Certificate files in PEM: absolute paths, separated by commas. Each file contains the certificate, then its chain. The client receives the certificate for the requested name, otherwise the first one. none: the systemd credential tls-cert is used if it exists.",
			Japanese: "PEM 形式の証明書のファイル。\nそれぞれ、証明書の後ろに中間証明書を続ける。\n絶対パスで、コンマで区切って並べる。\nクライアントには、求めた名前の証明書か、\nなければ最初の証明書を送る。\nnone では、systemd のクレデンシャル tls-cert が\nあればそれを使う。"},
		{Name: "tls-key", Default: none, Optional: true, Only: cert, value: paths(&c.TLS.Key),
			Brief:    "Private key files in PEM",
			Help:     "Private key files, in the same order as tls-cert. Not required if each key is in the file of its certificate. With the credential tls-cert, the credential tls-key is used.",
			Japanese: "証明書の鍵のファイル。\n順序は tls-cert と同じ。\n鍵が証明書と同じファイルにあるときは不要。\nクレデンシャル tls-cert を使うときは、クレデンシャル tls-key を使う。"},
		{Name: "tls-port", Default: none, Optional: true, Restart: true, Only: append(unless("inetd", "yes"), cert...), value: address(&c.TLS.Port),
			Brief:    "Port for implicit TLS, such as 995",
			Help:     "Port for connections that begin with TLS, such as 995, or host:port. Served in addition to port. Ignored if systemd passes sockets.",
			Japanese: "最初から TLS を使うポート (995 など)、または host:port。\nport に加えて待ち受ける。\nsystemd からソケットを渡されているときは待ち受けない。"},
		{Name: "tls-min-version", Default: "1.2", Only: cert, value: choice(&c.TLS.MinVersion, "1.2", "1.3"),
			Help:     "Minimum TLS version.",
			Japanese: "TLS の最小バージョン。"},
		{Name: "tls-client-ca", Default: none, Optional: true, Only: cert, value: path(&c.TLS.ClientCA),
			Help:     "File with the CA certificates for client certificates, in PEM. If set, clients are asked for a certificate. A client without a certificate is accepted; an invalid certificate is rejected.",
			Japanese: "クライアントの証明書に署名してよい証明書を収めた\nPEM 形式のファイル。\n指定するとクライアントに証明書を求める。\nクライアントは証明書を持たなくてもよいが、\n送るときは正しいものでなければならない。"},
		{Name: "plaintext-login", Default: "auto", Optional: true, value: clearLogin(&c.TLS.PlaintextLogin),
			Help:     "Whether clients may send passwords without TLS: yes, no, never, or networks separated by commas. port=network allows a network at that port only; port=yes allows all clients at that port. Clients on the same machine are always allowed, except with never. APOP sends no password and is not affected. auto: no if there is a certificate, otherwise yes.",
			Japanese: "TLS を使わずにパスワードを送ってよいか。\nyes、no、never、\nまたは送ってよいネットワークをコンマで区切ったもの。\nネットワークの前に port= を付けると、そのポートだけで許す。\nport=yes はそのポートですべてのクライアントに許す。\n同じマシンのクライアントには、never でないかぎり許す。\nAPOP はパスワードを送らないため、対象にならない。\nauto は、証明書があれば no、なければ yes と同じ。"},
	}
}
