package password

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"tpops/pkg/scram"
)

// Stored is a password in the form in which a user database stores it. It is a secret
// and never part of a log or an error.
type Stored struct {
	Scheme string // one of Schemes
	Data   string // the password, or its hash or keys
}

// scheme is one way to store a password.
type scheme struct {
	// prepare reads data. It rejects data that is malformed or would cost too much to
	// check. It does no costly work itself.
	prepare func(data string) (checker, error)
	binary  bool // data is octets in hexadecimal or base64 and not text
	clear   bool // data is the password itself
}

// checker compares one stored password with the passwords of clients.
type checker struct {
	match func(password string) (bool, error)
	lanes int // processors that match uses at once, 0 if it takes almost no time
}

// schemes has all schemes by name. The names are those of Dovecot; MD5 is its older name
// of MD5-CRYPT. Each scheme has a line in the manual and a test vector.
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

// Schemes returns the names of all schemes, sorted.
func Schemes() []string { return slices.Sorted(maps.Keys(schemes)) }

// The errors for a stored password. They contain no part of it.
var (
	errScheme    = errors.New("unknown password scheme")
	errEncoding  = errors.New("stored password is not in the encoding of its scheme")
	errMalformed = errors.New("stored password is malformed")
	errCostly    = errors.New("stored password would cost too much to check")
)

// Parse reads `{SCHEME}data`, or data of the scheme fallback if there is no such prefix.
// As in Dovecot, the scheme may end in .HEX, .B64 or .BASE64. The error does not contain
// the text. With an error IsLocked reports a mark of a disabled password all the same.
func Parse(text, fallback string) (Stored, error) {
	name, data := fallback, text
	if rest, ok := strings.CutPrefix(text, "{"); ok {
		if prefix, after, closed := strings.Cut(rest, "}"); closed {
			name, data = prefix, after
		}
	}
	name, encoding, _ := strings.Cut(strings.ToUpper(name), ".")
	s, ok := schemes[name]
	if !ok {
		return Stored{}, errScheme
	}
	decoded, err := recode(data, encoding, s.binary)
	if err != nil && isMarked(data) {
		decoded = data // for IsLocked
	}
	return Stored{Scheme: name, Data: decoded}, err
}

// recode decodes data from the encoding given with the scheme, and returns it in the
// form of the scheme without an encoding.
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

// ClearText returns the password if it is stored in the clear, which APOP
// needs (RFC 1939 §7).
func (s Stored) ClearText() (password string, ok bool) {
	return s.Data, schemes[s.Scheme].clear && s.Data != ""
}

// IsLocked reports whether s matches no password, because it is empty or has one of the
// usual marks of a disabled password (shadow(5)).
func (s Stored) IsLocked() bool {
	scheme := schemes[s.Scheme]
	return s.Data == "" || !scheme.clear && isMarked(s.Data)
}

// isMarked reports whether data begins with a mark of a disabled password, which no hash
// and no encoding has.
func isMarked(data string) bool { return data != "" && strings.ContainsRune("!*", rune(data[0])) }

// Validate returns why a password cannot be compared with s: the scheme is unknown, or
// the data is malformed or too costly to check. It does no costly work.
func (s Stored) Validate() error {
	_, err := s.prepare()
	return err
}

// prepare reads s without any costly work. The error is why a password cannot be
// compared with s.
func (s Stored) prepare() (checker, error) {
	scheme, ok := schemes[s.Scheme]
	if !ok {
		return checker{}, errScheme
	}
	return scheme.prepare(s.Data)
}
