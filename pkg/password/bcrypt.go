package password

import (
	"errors"

	"golang.org/x/crypto/bcrypt"
)

// maxBcryptCost is that of a check that takes about three seconds.
const maxBcryptCost = 15

// bcryptPassword is how much of a password counts, in octets.
const bcryptPassword = 72

// prepareBcrypt reads `$2b$cost$`, then 22 characters of salt and 31 of hash.
// The three variants are one. Only with crypt(3)'s $2a$ a few passwords with an
// octet 0xFF make another hash, to be told from what $2x$ would have made: those
// do not match here.
func prepareBcrypt(data string) (checker, error) {
	cost, err := bcrypt.Cost([]byte(data))
	if err != nil || len(data) != 60 || data[6] != '$' || !isCryptText(data[7:], 53) {
		return checker{}, errMalformed
	}
	if cost > maxBcryptCost {
		return checker{}, errCostly
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		password = password[:min(len(password), bcryptPassword)]
		err := bcrypt.CompareHashAndPassword([]byte(data), []byte(password))
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}}, nil
}
