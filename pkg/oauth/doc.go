// Package oauth checks bearer tokens of OAuth 2.0 (RFC 6750), with which clients log
// in by OAUTHBEARER and XOAUTH2. JWKS checks the signature of a JSON Web Token (RFC
// 7519) with the keys of a local file. Introspection asks the server that issued the
// token (RFC 7662). Both then check the same claims: issuer, audience, scope, expiry
// and login name.
package oauth
