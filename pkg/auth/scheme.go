package auth

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"tpops/pkg/scram"
)

// stored is a password as a user database keeps it.
type stored struct {
	scheme string // a key of schemes, in upper case
	data   string // the password, or what has been made of it
}

// scheme is one way to keep a password.
type scheme struct {
	// prepare reads data and refuses what is malformed or would cost too much
	// to check. It does no costly work itself.
	prepare func(data string) (checker, error)
	binary  bool // data is octets in hexadecimal or base64 and not text
	clear   bool // data is the password itself
}

// checker compares one stored password with what clients send.
type checker struct {
	match func(password string) (bool, error)
	lanes int // processors that match keeps busy at once, 0 for next to none
}

// schemes has Dovecot's names, which those who come from it have in their
// databases. MD5 is its older name of MD5-CRYPT.
var schemes = map[string]scheme{
	"PLAIN":         {prepare: preparePlain, clear: true},
	"CLEAR":         {prepare: preparePlain, clear: true},
	"CLEARTEXT":     {prepare: preparePlain, clear: true},
	"PLAIN-MD5":     {prepare: prepareDigest(md5.New), binary: true},
	"LDAP-MD5":      {prepare: prepareDigest(md5.New), binary: true},
	"SMD5":          {prepare: prepareSalted(md5.New), binary: true},
	"SHA":           {prepare: prepareDigest(sha1.New), binary: true},
	"SHA1":          {prepare: prepareDigest(sha1.New), binary: true},
	"SSHA":          {prepare: prepareSalted(sha1.New), binary: true},
	"SHA256":        {prepare: prepareDigest(sha256.New), binary: true},
	"SSHA256":       {prepare: prepareSalted(sha256.New), binary: true},
	"SHA512":        {prepare: prepareDigest(sha512.New), binary: true},
	"SSHA512":       {prepare: prepareSalted(sha512.New), binary: true},
	"SCRAM-SHA-1":   {prepare: prepareSCRAM(scram.SHA1)},
	"SCRAM-SHA-256": {prepare: prepareSCRAM(scram.SHA256)},
	"CRYPT":         {prepare: prepareCrypt("")},
	"DES-CRYPT":     {prepare: prepareDES},
	"MD5":           {prepare: prepareCrypt("$1$")},
	"MD5-CRYPT":     {prepare: prepareCrypt("$1$")},
	"SHA256-CRYPT":  {prepare: prepareCrypt("$5$")},
	"SHA512-CRYPT":  {prepare: prepareCrypt("$6$")},
	"BLF-CRYPT":     {prepare: prepareCrypt("$2")},
	"ARGON2I":       {prepare: prepareCrypt("$argon2")},
	"ARGON2ID":      {prepare: prepareCrypt("$argon2")},
}

// These say nothing of what was stored: it may be a password.
var (
	errScheme    = errors.New("unknown password scheme")
	errEncoding  = errors.New("stored password is not in the encoding of its scheme")
	errMalformed = errors.New("stored password is malformed")
	errCostly    = errors.New("stored password would cost too much to check")
)

// parseStored reads `{SCHEME}data`, or data of the scheme fallback if there is
// no such prefix. As in Dovecot the scheme may end in .HEX, .B64 or .BASE64.
func parseStored(text, fallback string) (stored, error) {
	name, data := fallback, text
	if rest, ok := strings.CutPrefix(text, "{"); ok {
		if prefix, after, closed := strings.Cut(rest, "}"); closed {
			name, data = prefix, after
		}
	}
	name, encoding, _ := strings.Cut(strings.ToUpper(name), ".")
	s, ok := schemes[name]
	if !ok {
		return stored{}, errScheme
	}
	data, err := recode(data, encoding, s.binary)
	return stored{scheme: name, data: data}, err
}

// recode undoes an encoding that was named, so that data is what the scheme
// has without one.
func recode(data, encoding string, binary bool) (string, error) {
	var raw []byte
	var err error
	switch encoding {
	case "":
		return data, nil
	case "HEX":
		raw, err = hex.DecodeString(data)
	case "B64", "BASE64":
		raw, err = base64.StdEncoding.DecodeString(data)
	default:
		return "", errScheme
	}
	if err != nil {
		return "", errEncoding
	}
	if binary {
		return base64.StdEncoding.EncodeToString(raw), nil
	}
	return string(raw), nil
}

// clearText returns the password if it is stored in the clear, which APOP
// needs (RFC 1939 §7).
func (s stored) clearText() (password string, ok bool) {
	return s.data, schemes[s.scheme].clear && s.data != ""
}

// locked reports whether no password fits s, because there is none or because
// it has been made useless with one of the usual marks (shadow(5)).
func (s stored) locked() bool {
	scheme := schemes[s.scheme]
	if s.data == "" {
		return true
	}
	return !scheme.clear && !scheme.binary && strings.ContainsRune("!*", rune(s.data[0]))
}

// prepare reads s without any costly work. An error says why no password can
// be compared with it.
func (s stored) prepare() (checker, error) {
	scheme, ok := schemes[s.scheme]
	if !ok {
		return checker{}, errScheme
	}
	return scheme.prepare(s.data)
}
