// Package oauth checks bearer tokens of OAuth 2.0 (RFC 6750), with which clients
// log in by OAUTHBEARER and XOAUTH2. JWKS checks the signature of a JSON Web
// Token (RFC 7519) with the keys of a local file, and asks nobody; Introspection
// asks the server that issued the token (RFC 7662). Both then look at the same
// claims: by whom, for whom, until when, and for which login name.
package oauth
