package auth_test

import (
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

const fiveUsers = `# users
ann:{PLAIN}open sesame:501:501::/home/ann

bob:$1$xyz$cEUv8aN9ehjhMXG/kSFnM1::::/home/bob
cid:{PLAIN}open sesame::::/home/cid:nologin
dan:{PLAIN}open sesame::::/home/dan:proxy=y
eve:!::::/home/eve
`

func TestCacheContract(t *testing.T) {
	file := openFile(t, fiveUsers)
	for _, name := range []string{"empty", "full"} {
		cache := auth.NewCache(auth.CacheOptions{Users: file, Time: time.Minute, Size: 2})
		if name == "full" {
			if _, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(name, func(t *testing.T) {
			pop3test.TestAuthenticator(t, pop3test.Users{
				Authenticator: cache, Login: "ann", Password: "open sesame",
				Account: pop3.Account{Name: "ann", Maildrop: "/home/ann/Maildir", UID: 501, GID: 501},
				Refused: []string{"cid", "eve", "ANN", "bob"},
			})
		})
	}
}
