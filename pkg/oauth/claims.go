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

// leeway is how much the clocks of two machines may differ.
const leeway = 30 * time.Second

// defaultClaim is where the login name is if nobody says otherwise.
const defaultClaim = "email"

// Rules is what the claims of a good token say (RFC 7519 §4.1).
type Rules struct {
	Issuer     string           // of whom it is; "": anyone
	Audience   string           // for whom it is; "": anyone
	Scope      string           // that it must have among others; "": any
	LoginClaim string           // the name of the claim that holds the login name; "": email
	Now        func() time.Time // nil: time.Now
}

// refused returns why a token is not good. reason has nothing of it but claims.
func refused(reason string) error {
	return fmt.Errorf("token refused: %s: %w", reason, pop3.ErrAuth)
}

// extra is the claims that RFC 7519 does not know. Servers write the scopes in
// one text (RFC 8693 §4.2) or in a list.
type extra struct {
	Scope    scopes `json:"scope"`
	Scp      scopes `json:"scp"`
	Verified *flag  `json:"email_verified"`
}

// flag is true or false. Some servers write it as text (Amazon Cognito).
type flag bool

// UnmarshalJSON reads true or false, or the same as text in letters of either
// case.
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

// login returns the login name in claims, a JSON object, if they keep to the
// rules. A token that nobody is asked about must end some day.
func (r *Rules) login(claims []byte, mustExpire bool) (string, error) {
	var standard jwt.Claims
	var more extra
	var all map[string]any
	if !utf8.Valid(claims) || errors.Join(json.Unmarshal(claims, &standard), json.Unmarshal(claims, &more), json.Unmarshal(claims, &all)) != nil {
		return "", refused("malformed claims")
	}
	if mustExpire && standard.Expiry == nil {
		return "", refused("it never expires")
	}
	if err := standard.ValidateWithLeeway(r.expected(), leeway); err != nil {
		return "", refused(err.Error())
	}
	if r.Scope != "" && !slices.Contains(slices.Concat(more.Scope, more.Scp), r.Scope) {
		return "", refused("it lacks the scope")
	}
	claim := cmp.Or(r.LoginClaim, defaultClaim)
	name, _ := all[claim].(string)
	switch {
	case name == "":
		return "", refused("it has no claim " + claim)
	case claim == defaultClaim && more.Verified != nil && !bool(*more.Verified):
		return "", refused("its mail address is not verified")
	}
	return name, nil
}

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
