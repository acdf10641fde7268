package password

import (
	"errors"

	"golang.org/x/crypto/bcrypt"
)

// maxBcryptCost is the highest accepted cost. A check with it takes about three seconds.
const maxBcryptCost = 15

// bcryptPassword is the part of a password that bcrypt uses, in octets.
const bcryptPassword = 72

// prepareBcrypt reads `$2b$cost$`, then 22 characters of salt and 31 of hash. The
// variants a, b and y are the same, with one exception: for a few passwords with an
// octet 0xFF, $2a$ of crypt(3) makes another hash, to distinguish it from one of $2x$.
// Such passwords do not match here.
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
