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

// parseClear reads a password in the clear, with or without braces at the beginning.
func parseClear(text string) (password.Stored, error) {
	return password.Stored{Scheme: "PLAIN", Data: text}, nil
}

// parseAny reads a password that names its scheme, otherwise one of crypt(3), otherwise
// one of SHA-1. No text can be both, so that the order, which is that of 0.8, does not
// matter.
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

// parseCryptOnly reads a password of crypt(3), with or without {CRYPT}.
func parseCryptOnly(text string) (password.Stored, error) {
	text = cutScheme(text, "CRYPT")
	if strings.HasPrefix(text, "{") {
		return password.Stored{}, errors.New("stored password is not a hash of crypt(3)")
	}
	return password.Stored{Scheme: "CRYPT", Data: text}, nil
}

// parseSHA reads a SHA-1 in base64, with or without {SHA}.
func parseSHA(text string) (password.Stored, error) {
	return password.Stored{Scheme: "SHA", Data: cutScheme(text, "SHA")}, nil
}

// cutScheme removes the prefix {name}, which is case-insensitive.
func cutScheme(text, name string) string {
	n := len(name) + 2
	if len(text) >= n && strings.EqualFold(text[:n], "{"+name+"}") {
		return text[n:]
	}
	return text
}

// modeDecoy returns the password with which those for an unknown login are compared
// until a user's password has been read.
func modeDecoy(mode string) password.Stored {
	switch mode {
	case "no":
		return password.Stored{Scheme: "PLAIN", Data: "\x00"} // A client cannot send a NUL.
	case "sha":
		return password.Stored{Scheme: "SHA", Data: strings.Repeat("A", 27) + "="}
	}
	return password.Decoy()
}

// parseMode returns how passwords are stored.
func parseMode(mode string) (func(text string) (password.Stored, error), error) {
	parse, ok := cryptModes[mode]
	if !ok {
		return nil, fmt.Errorf("mysql-crypt-passwd must be no, yes, crypt or sha, not %q", mode)
	}
	return parse, nil
}
