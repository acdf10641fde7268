package password

import (
	"strconv"
	"strings"

	gehirn "github.com/GehirnInc/crypt"
	"github.com/GehirnInc/crypt/md5_crypt"
	"github.com/GehirnInc/crypt/sha256_crypt"
	"github.com/GehirnInc/crypt/sha512_crypt"
)

// Bounds of SHA-crypt's rounds. The lower is the method's own; at the upper a
// check takes about a second.
const (
	minSHARounds = 1_000
	maxSHARounds = 1_000_000
)

// iterated describes a method of the form `$id$[rounds=N$]salt$hash`.
type iterated struct {
	new    func() gehirn.Crypter
	salt   int  // most characters of salt
	hash   int  // characters of hash
	rounds bool // may say rounds=
}

var (
	md5Crypt  = iterated{new: md5_crypt.New, salt: 8, hash: 22}
	shaCrypts = map[string]iterated{
		"$5$": {new: sha256_crypt.New, salt: 16, hash: 43, rounds: true},
		"$6$": {new: sha512_crypt.New, salt: 16, hash: 86, rounds: true},
	}
)

func prepareMD5Crypt(data string) (checker, error) { return md5Crypt.prepare(data) }
func prepareSHACrypt(data string) (checker, error) { return shaCrypts[data[:3]].prepare(data) }

// prepare takes data apart itself and hands the library a setting that ends
// with the salt: given a whole hash that says rounds=, it takes what follows a
// short salt for more of the salt, and refuses right passwords.
func (m iterated) prepare(data string) (checker, error) {
	setting, hash, ok := cutLast(data, "$")
	_, salt, _ := cutLast(setting, "$")
	rounds := strings.TrimSuffix(setting[min(3, len(setting)):], salt)
	if !ok || len(setting) < 3 || len(salt) > m.salt || !isCryptText(hash, m.hash) {
		return checker{}, errMalformed
	}
	if err := m.checkRounds(rounds); err != nil {
		return checker{}, err
	}
	// The library would take such a salt for a number of rounds.
	if strings.HasPrefix(salt, "rounds=") {
		return checker{}, errMalformed
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		made, err := m.new().Generate([]byte(password), []byte(setting))
		return err == nil && sameText(made, data), err
	}}, nil
}

// checkRounds checks what stands between the method and the salt: nothing, or
// rounds=N$.
func (m iterated) checkRounds(text string) error {
	if text == "" {
		return nil
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(text, "$"), "rounds=")
	n, err := strconv.Atoi(number)
	switch {
	case !ok || !m.rounds || err != nil || text != "rounds="+strconv.Itoa(n)+"$" || n < minSHARounds:
		return errMalformed
	case n > maxSHARounds:
		return errCostly
	}
	return nil
}

// cutLast cuts text around the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
