package password

import (
	"strings"

	"github.com/sergeymakinen/go-crypt/des"
	"github.com/sergeymakinen/go-crypt/des/descrypt"
	"github.com/sergeymakinen/go-crypt/desext"
	"github.com/sergeymakinen/go-crypt/hash"
)

// cryptMethods lists the methods of crypt(5) by the prefix of their hashes, and Argon2,
// which has the same form. $2x$ is missing, because such hashes come from a faulty
// program. A hash without any of the prefixes is DES.
var cryptMethods = []struct {
	prefix  string
	prepare func(data string) (checker, error)
}{
	{"$1$", prepareMD5Crypt},
	{"$2a$", prepareBcrypt},
	{"$2b$", prepareBcrypt},
	{"$2y$", prepareBcrypt},
	{"$5$", prepareSHACrypt},
	{"$6$", prepareSHACrypt},
	{"$y$", prepareYescrypt},
	{"$argon2i$", prepareArgon2},
	{"$argon2id$", prepareArgon2},
	{"_", prepareBSDi},
}

// prepareCrypt returns the scheme for hashes of crypt(3) that begin with prefix.
func prepareCrypt(prefix string) func(data string) (checker, error) {
	return func(data string) (checker, error) {
		if !strings.HasPrefix(data, prefix) {
			return checker{}, errMalformed
		}
		for _, method := range cryptMethods {
			if strings.HasPrefix(data, method.prefix) {
				return method.prepare(data)
			}
		}
		return prepareDES(data)
	}
}

const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// isCryptText reports whether text consists of n characters of crypt(3)'s base64.
func isCryptText(text string, n int) bool {
	return len(text) == n && strings.Trim(text, cryptAlphabet) == ""
}

// prepareDES reads a hash of the traditional crypt(3): two characters of salt and eleven
// of hash.
func prepareDES(data string) (checker, error) {
	if !isCryptText(data, 13) {
		return checker{}, errMalformed
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		// DES uses only the first eight characters.
		password = password[:min(len(password), des.MaxPasswordLength)]
		sum, err := des.Key([]byte(password), []byte(data[:2]))
		return desSame(sum, data[2:]), err
	}}, nil
}

// maxBSDiRounds limits a check to about half a second, like the limits of other methods.
const maxBSDiRounds = 1 << 20

// prepareBSDi reads a hash of BSD/OS: `_`, four characters of count, four of salt and
// eleven of hash.
func prepareBSDi(data string) (checker, error) {
	if !isCryptText(data[1:], 19) {
		return checker{}, errMalformed
	}
	rounds := descrypt.DecodeInt([]byte(data[1:5]))
	if rounds == 0 {
		return checker{}, errMalformed
	}
	if rounds > maxBSDiRounds {
		return checker{}, errCostly
	}
	return checker{lanes: 1, match: func(password string) (bool, error) {
		sum, err := desext.Key([]byte(password), []byte(data[5:9]), rounds)
		return desSame(sum, data[9:]), err
	}}, nil
}

// desSame compares a sum with its text. The library's own Check is not safe for several
// goroutines: it writes to a shared description of types.
func desSame(sum []byte, text string) bool {
	return sameText(hash.BigEndianEncoding.EncodeToString(sum), text)
}
