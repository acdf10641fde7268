package oauth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // names of claims are case-sensitive (RFC 7519 §4), and each may come once
	"github.com/go-jose/go-jose/v4/jwt"

	"tpops/pkg/pop3"
)

// leeway is the difference between the clocks of two machines that is accepted.
const leeway = 30 * time.Second

// defaultClaim is the claim with the login name if Rules names none.
const defaultClaim = "email"

// Rules are the rules for the claims of a token (RFC 7519 §4.1).
type Rules struct {
	Issuer     string           // of the token; "": any
	Audience   string           // of the token; "": any
	Scope      string           // one that the token must have; "": none
	LoginClaim string           // the name of the claim with the login name; "": email
	Now        func() time.Time // nil: time.Now
}

// rejected returns the error for a rejected token. reason may contain claims, but no
// other part of the token.
func rejected(reason string) error {
	return fmt.Errorf("token rejected: %s: %w", reason, pop3.ErrAuth)
}

// extra are claims that are not in RFC 7519. Servers write the scopes in one text
// (RFC 8693 §4.2) or in a list.
type extra struct {
	Scope    scopes `json:"scope"`
	Scp      scopes `json:"scp"`
	Verified *flag  `json:"email_verified"`
}

// flag is true or false. Some servers, such as Amazon Cognito, write it as text.
type flag bool

// UnmarshalJSON reads true or false, or the same as case-insensitive text.
func (f *flag) UnmarshalJSON(text []byte) error {
	switch strings.ToLower(strings.Trim(string(text), `"`)) {
	case "true":
		*f = true
		return nil
	case "false":
		*f = false
		return nil
	}
	return errors.New("neither true nor false")
}

type scopes []string

// UnmarshalJSON reads a text of scopes separated by spaces, or a list of them.
func (s *scopes) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*s = strings.Fields(one)
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// login returns the login name in claims, a JSON object, if they satisfy the rules.
// With mustExpire a token without an expiry time is rejected.
func (r *Rules) login(claims []byte, mustExpire bool) (string, error) {
	var standard jwt.Claims
	var more extra
	var all map[string]any
	if !utf8.Valid(claims) || errors.Join(json.Unmarshal(claims, &standard), json.Unmarshal(claims, &more), json.Unmarshal(claims, &all)) != nil {
		return "", rejected("malformed claims")
	}
	if mustExpire && standard.Expiry == nil {
		return "", rejected("it never expires")
	}
	if err := standard.ValidateWithLeeway(r.expected(), leeway); err != nil {
		return "", rejected(err.Error())
	}
	if r.Scope != "" && !slices.Contains(slices.Concat(more.Scope, more.Scp), r.Scope) {
		return "", rejected("it lacks the scope")
	}
	return r.name(all, &more)
}

// name returns the login name in the claims.
func (r *Rules) name(all map[string]any, more *extra) (string, error) {
	claim := cmp.Or(r.LoginClaim, defaultClaim)
	name, _ := all[claim].(string)
	switch {
	case name == "":
		return "", rejected("it has no claim " + claim)
	case claim == defaultClaim && more.Verified != nil && !bool(*more.Verified):
		return "", rejected("its mail address is not verified")
	}
	return name, nil
}

// expected returns what the claims must contain.
func (r *Rules) expected() jwt.Expected {
	e := jwt.Expected{Issuer: r.Issuer, Time: time.Now()}
	if r.Now != nil {
		e.Time = r.Now()
	}
	if r.Audience != "" {
		e.AnyAudience = jwt.Audience{r.Audience}
	}
	return e
}
