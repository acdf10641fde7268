package password

import (
	"strconv"
	"strings"

	gehirn "github.com/GehirnInc/crypt"
	"github.com/GehirnInc/crypt/md5_crypt"
	"github.com/GehirnInc/crypt/sha256_crypt"
	"github.com/GehirnInc/crypt/sha512_crypt"
)

// Limits for the rounds of SHA-crypt. The lower one is that of the method. At the upper
// one a check takes about a second.
const (
	minSHARounds = 1_000
	maxSHARounds = 1_000_000
)

// iterated describes a method of the form `$id$[rounds=N$]salt$hash`.
type iterated struct {
	new    func() gehirn.Crypter
	salt   int  // maximum number of characters of salt
	hash   int  // characters of hash
	rounds bool // may have rounds=
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

// prepare splits data itself and passes the library a setting that ends with the salt.
// If the library gets a complete hash with rounds= and a short salt, it takes the text
// after the salt for more salt, and rejects right passwords.
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
	// The library would interpret such a salt as a number of rounds.
	if strings.HasPrefix(salt, "rounds=") {
		return checker{}, errMalformed
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		made, err := m.new().Generate([]byte(password), []byte(setting))
		return err == nil && sameText(made, data), err
	}}, nil
}

// checkRounds checks the text between the method and the salt: nothing, or rounds=N$.
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

// cutLast splits text at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
