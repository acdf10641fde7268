package doveconf

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

// The outputs of doveconf in testdata are those of Dovecot 2.3.19 and 2.4.1.
func TestGolden(t *testing.T) { drafttest.Golden(t, Convert, usable, "doveconf", *update) }
