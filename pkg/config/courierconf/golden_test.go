package courierconf

import (
	"flag"
	"testing"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config/draft/drafttest"
)

var update = flag.Bool("update", false, "write the golden files")

// usable returns why TPOPS cannot use a query.
func usable(query string) error {
	users, err := mysql.New(mysql.Options{Query: query})
	if err != nil {
		return err
	}
	return users.Close()
}

// The files pop3d and pop3d-ssl in testdata set what those of Debian 12 set, as
// installed or with changes, and have none of their explanations.
func TestGolden(t *testing.T) { drafttest.Golden(t, Convert, usable, popFile, *update) }
