package password

import (
	"strings"

	"github.com/openwall/yescrypt-go"
)

// maxYescryptMemory is 16 times what distributions use, in octets. The time of
// a check goes with it, to about two seconds.
const maxYescryptMemory = 256 << 20

// prepareYescrypt reads `$y$jNr$salt$hash`, N and r being one character each:
// the parameters that libxcrypt writes. The library knows no others.
func prepareYescrypt(data string) (checker, error) {
	setting, hash, ok := cutLast(data, "$")
	if !ok || len(setting) < 7 || len(setting) > 100 || setting[6] != '$' || !isCryptText(hash, 43) {
		return checker{}, errMalformed
	}
	n, r := yescryptNumber(setting[4]), yescryptNumber(setting[5])
	if n > 20 || r<<n > maxYescryptMemory/128 {
		return checker{}, errCostly
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		made, err := yescrypt.Hash([]byte(password), []byte(setting+"$"))
		return err == nil && sameText(string(made), data), err
	}}, nil
}

// yescryptNumber is the parameter that one character stands for.
func yescryptNumber(c byte) int {
	if i := strings.IndexByte(cryptAlphabet, c); i >= 0 {
		return i + 1
	}
	return len(cryptAlphabet) + 1
}
