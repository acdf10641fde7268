package mysql

import (
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/password"
)

// cryptModes are the values of mysql-crypt-passwd and how each reads a stored
// password.
var cryptModes = map[string]func(text string) (password.Stored, error){
	"no":    parseClear,
	"yes":   parseAny,
	"crypt": parseCryptOnly,
	"sha":   parseSHA,
}

// parseClear takes the password exactly as it is stored, be there braces in
// front or not.
func parseClear(text string) (password.Stored, error) {
	return password.Stored{Scheme: "PLAIN", Data: text}, nil
}

// parseAny reads a password that names its scheme, or else one of crypt(3), or
// else one of SHA-1. No text is of both, so that trying crypt first, as 0.8
// does, is deciding by its form.
func parseAny(text string) (password.Stored, error) {
	s, err := password.Parse(text, "CRYPT")
	if err != nil || strings.HasPrefix(text, "{") || s.IsLocked() {
		return s, err
	}
	if err := s.Validate(); err == nil {
		return s, nil
	}
	return parseSHA(text)
}

// parseCryptOnly reads a password of crypt(3), named so or not.
func parseCryptOnly(text string) (password.Stored, error) {
	text = cutScheme(text, "CRYPT")
	if strings.HasPrefix(text, "{") {
		return password.Stored{}, errors.New("stored password is not one of crypt")
	}
	return password.Stored{Scheme: "CRYPT", Data: text}, nil
}

// parseSHA reads a SHA-1 in base64, named so or not.
func parseSHA(text string) (password.Stored, error) {
	return password.Stored{Scheme: "SHA", Data: cutScheme(text, "SHA")}, nil
}

// cutScheme removes the prefix {name}, in letters of either case.
func cutScheme(text, name string) string {
	n := len(name) + 2
	if len(text) >= n && strings.EqualFold(text[:n], "{"+name+"}") {
		return text[n:]
	}
	return text
}

// modeDecoy is what an unknown login is compared with as long as no user's
// password has been seen.
func modeDecoy(mode string) password.Stored {
	switch mode {
	case "no":
		return password.Stored{Scheme: "PLAIN", Data: "\x00"} // no client can send a NUL
	case "sha":
		return password.Stored{Scheme: "SHA", Data: strings.Repeat("A", 27) + "="}
	}
	return password.Decoy()
}

// parseMode returns how passwords are stored.
func parseMode(mode string) (func(text string) (password.Stored, error), error) {
	parse, ok := cryptModes[mode]
	if !ok {
		return nil, fmt.Errorf("mysql-crypt-passwd %q: want no, yes, crypt or sha", mode)
	}
	return parse, nil
}
