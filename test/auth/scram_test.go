//go:build integration

package auth

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/scram"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// firstMessage matches that of the server in SCRAM (RFC 5802 §5.1).
var firstMessage = regexp.MustCompile(`^r=[^,]+,s=([^,]+),i=(\d+)$`)

// challenged returns the salt and the iteration count that a name gets.
func challenged(t *testing.T, d *daemon.Daemon, name string) (salt, iterations string) {
	t.Helper()
	c := fixture.Dial(t, d)
	defer c.Close()
	line := c.Answer("AUTH SCRAM-SHA-256 " + base64.StdEncoding.EncodeToString([]byte("n,,n="+name+",r=abcdefgh")))
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "+ "))
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	parts := firstMessage.FindStringSubmatch(string(challenge))
	if parts == nil {
		t.Fatalf("%q", challenge)
	}
	c.Answer("*")
	return parts[1], parts[2]
}

// TestUnknownBySCRAM compares a user in a table with one who is not in it, in
// each process model and over restarts, where all rows have another iteration count
// than the default: the replies do not differ.
func TestUnknownBySCRAM(t *testing.T) {
	s := mariadb.New(t, false)
	keys, err := scram.Make(scram.SHA256, fixture.Password, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	s.Exec("create user tpops@'%' identified by 'p'")
	for _, table := range []struct {
		collation  string
		ignoreCase bool
	}{{"utf8mb4_general_ci", true}, {"utf8mb4_bin", false}} {
		s.Exec("create database "+table.collation, "grant select on "+table.collation+".* to tpops@'%'",
			"create table "+table.collation+".user (login varchar(255), passwd varchar(255), maildir varchar(255)) charset utf8mb4 collate "+table.collation,
			fmt.Sprintf("insert into %s.user values ('%s','{SCRAM-SHA-256}%s','%s')", table.collation, victim, keys.Text(), mailboxOfVictim(t)))
		t.Setenv("STATE_DIRECTORY", t.TempDir())
		salts := map[string]string{}
		for n, model := range []string{"thread", "prefork", "fork", "thread"} {
			t.Run(fmt.Sprintf("%s/%s_%d", table.collation, model, n), func(t *testing.T) {
				d := fixture.Start(t, "--auth-type=mysql", "--mysql-server="+s.Socket, "--mysql-user=tpops", "--mysql-passwd=p", "--mysql-crypt-passwd=yes",
					"--mysql-db="+table.collation, "--sasl-mechanisms=SCRAM-SHA-256", "--parallel-type="+model, "--guess-delay-max=0")
				if n == 0 {
					c := fixture.Dial(t, d)
					c.OK("USER " + victim)
					c.OK("PASS " + fixture.Password)
					c.OK("QUIT")
				}
				for _, name := range []string{victim, "VICTIM@example.org", "nobody@example.org", "NOBODY@example.org"} {
					salt, iterations := challenged(t, d, name)
					if iterations != "10000" || salts[name] != "" && salts[name] != salt {
						t.Errorf("%s: %s iterations, salt %s, before %s", name, iterations, salt, salts[name])
					}
					salts[name] = salt
				}
				fixture.Signal(t, d, syscall.SIGTERM)
				if code, err := d.Wait(); code != 0 || err != nil {
					t.Errorf("exit code %d, %v", code, err)
				}
			})
		}
		one, other := salts[victim] == salts["VICTIM@example.org"], salts["nobody@example.org"] == salts["NOBODY@example.org"]
		if one != table.ignoreCase || other != table.ignoreCase {
			t.Errorf("%s: same salt for all spellings of a user: %v, of another name: %v", table.collation, one, other)
		}
	}
}
