package config

import (
	"strings"
)

func (c *Config) sasl() []Param {
	any := only("oauth-tokens", "jwks", "introspection")
	jwks, introspection := only("oauth-tokens", "jwks"), only("oauth-tokens", "introspection")
	return []Param{
		{Name: "sasl-mechanisms", Default: "auto", Optional: true, value: mechanisms(&c.SASL.Mechanisms),
			Help:     "AUTH mechanisms to offer, separated by commas: " + strings.Join(saslNames, ", ") + "; none disables AUTH. A mechanism is offered only where it can work: this depends on TLS, the client certificate, and how passwords are stored. By default a mechanism is offered only if it works for all users. A mechanism listed here is offered if it works for some users.",
			Japanese: "AUTH で使える認証方式。コンマで区切って並べる:\nPLAIN、LOGIN、CRAM-MD5、EXTERNAL、XOAUTH2、OAUTHBEARER、\nSCRAM-SHA-256、SCRAM-SHA-1、\nSCRAM-SHA-256-PLUS、SCRAM-SHA-1-PLUS。\nnone では AUTH を使えない。\n認証方式は、TLS の有無、クライアントの証明書の有無、\nパスワードの保存方法から見て使えるところでだけ知らせる。\n既定では、すべてのユーザーが使えるのでなければ知らせない。\nここに書いた方式は、一部のユーザーが使えれば知らせる。"},
		{Name: "oauth-tokens", Default: none, Restart: true, value: choice(&c.OAuth.Tokens, none, "jwks", "introspection"),
			Help:     "How OAUTHBEARER and XOAUTH2 tokens are checked. none disables both mechanisms. jwks: JSON Web Tokens, checked with the public keys in oauth-jwks-file. introspection: by a request to oauth-introspection-url.",
			Japanese: "OAUTHBEARER と XOAUTH2 のトークンを確かめる方法。\nnone ではどちらも使えない。\njwks では JSON Web Token として、\noauth-jwks-file の公開鍵で確かめる。\nintrospection では oauth-introspection-url に問い合わせる。"},
		{Name: "oauth-jwks-file", Default: none, Optional: true, Required: true, Restart: true, Only: jwks, value: path(&c.OAuth.JWKSFile),
			Help:     "File of public keys (JSON Web Key Set). It is read again when it changes.",
			Japanese: "公開鍵のファイル (JSON Web Key Set)。\n変わると読み直される。"},
		{Name: "oauth-issuer", Default: none, Optional: true, Required: true, Only: jwks, value: text(&c.OAuth.Issuer, checkLine),
			Help:     "Required issuer of a token (claim iss).",
			Japanese: "トークンの発行者。\nクレーム iss がこれに等しくなければならない。"},
		{Name: "oauth-introspection-url", Default: none, Optional: true, Required: true, Restart: true, Only: introspection, value: text(&c.OAuth.IntrospectionURL, checkLine),
			Help:     "URL of the authorization server's introspection endpoint (RFC 7662). Must be https, except on the same machine.",
			Japanese: "認可サーバーのイントロスペクションの URL (RFC 7662)。\n同じマシンにあるときを除き、https でなければならない。"},
		{Name: "oauth-client-id", Default: none, Optional: true, Only: introspection, value: text(&c.OAuth.ClientID, checkLine),
			Help:     "Client name of TPOPS at the authorization server.",
			Japanese: "認可サーバーでの TPOPS のクライアント名。"},
		{Name: "oauth-client-secret", Optional: true, Only: whenSet("oauth-client-id"), value: secret(&c.OAuth.ClientSecret),
			Help:     "Client secret at the authorization server. Other users of the machine can read the command line: put the secret into a file.",
			Japanese: "認可サーバーでのクライアントの秘密。\nコマンドラインは同じマシンのほかのユーザーに読めるため、\nファイルで指定すること。"},
		{Name: "oauth-audience", Default: none, Optional: true, Only: any, value: text(&c.OAuth.Audience, checkLine),
			Help:     "Required audience of a token: one value of its claim aud. Required with jwks. Without it, tokens for other services would be accepted.",
			Japanese: "トークンの宛先。\nクレーム aud のどれかがこれに等しくなければならない。\njwks では必ず指定する。\nなければ、ほかのサービスのためのトークンが\nここでも通ってしまう。"},
		{Name: "oauth-scope", Default: none, Optional: true, Only: any, value: text(&c.OAuth.Scope, checkWord),
			Help:     "Required scope of a token. Clients receive it in the reply to a rejected token.",
			Japanese: "トークンが持っていなければならないスコープ。\nトークンを拒むときにクライアントに知らせる。"},
		{Name: "oauth-login-claim", Default: "email", Only: any, value: text(&c.OAuth.LoginClaim, checkWord),
			Help:     "Claim of the token that contains the login name.",
			Japanese: "ログイン名を収めたトークンのクレーム。"},
		{Name: "identity-names", Default: "ascii", value: choice(&c.SASL.IdentityNames, "ascii", "any"),
			Help:     "Which names EXTERNAL, OAUTHBEARER and XOAUTH2 accept in certificates and tokens. ascii: printable ASCII without spaces. any: all characters except control characters. The name must equal the login name of the user in the user database. Only the case of ASCII letters may differ.",
			Japanese: "EXTERNAL、OAUTHBEARER、XOAUTH2 が\n証明書とトークンの中で受け付ける名前。\nascii は空白を除く印字可能な ASCII、\nany は制御文字以外のすべて。\nユーザーの行にあるログイン名は、どちらの場合も\nその名前と正確に一致しなければならない。\n違ってよいのは ASCII 文字の大文字と小文字だけ。"},
	}
}
