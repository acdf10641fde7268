//go:build packages

package packaging

import (
	"flag"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// sessions is how many sessions the engines get.
var sessions = flag.Int("sessions", 1000, "sessions of the tests of fail2ban and CrowdSec")

// visit is a session of a client: a login with the right password or not.
type visit struct {
	from, user string
	right      bool
}

// victim is an address that attackers write into login names.
const victim = "203.0.113.1"

// attempts is how often each attacker tries. The engines ban after ten attempts.
const attempts = 20

// visits returns about n sessions of honest clients and of attackers, and the addresses of
// the attackers. The honest clients are carriers with many users at one address, some of
// which mistype, users that mistype once, and devices with an old password. The attackers
// come last and take turns.
func visits(n int) (all []visit, attackers map[string]bool) {
	for carrier := range 5 {
		for session := range n * 6 / 100 {
			all = append(all, visit{fmt.Sprintf("100.64.0.%d", carrier+1), "mrose", session >= 8})
		}
	}
	for user := range n * 2 / 10 {
		from := fmt.Sprintf("10.1.%d.%d", user/250, user%250+1)
		all = append(all, visit{from, "mrose", false}, visit{from, "mrose", true})
	}
	for range 9 {
		for device := range n / 1000 {
			all = append(all, visit{fmt.Sprintf("10.2.0.%d", device+1), "mrose", false})
		}
	}
	attackers = map[string]bool{}
	names := []string{"mrose", "nobody", "remote=" + victim, "x\"\tremote=" + victim + "\tmethod=USER", "\xff\x01"}
	for try := range attempts {
		for attacker := range n * 15 / 1000 {
			from := fmt.Sprintf("198.51.100.%d", attacker+1)
			if attacker%10 == 0 {
				from = fmt.Sprintf("2001:db8::%x", attacker+1)
			}
			attackers[from] = true
			all = append(all, visit{from, names[(attacker+try)%len(names)], false})
		}
	}
	return all, attackers
}

// recordVisits returns the log of a real server that has served the sessions.
func recordVisits(t *testing.T, all []visit) string {
	t.Helper()
	d := startServer(t, "--proxy-protocol-from=127.0.0.1", "--guess-delay-max=0", "--maildir-lock=no")
	next := make(chan visit)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for v := range next {
				if err := v.make(d.Addr); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, v := range all {
		next <- v
	}
	close(next)
	clients.Wait()
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	log := d.Log()
	if n := strings.Count(log, "session end "); n != len(all) {
		t.Errorf("%d sessions in the log, want %d", n, len(all))
	}
	return log
}

// make has the session through a proxy.
func (v *visit) make(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	family, to := "TCP4", "192.0.2.1"
	if strings.Contains(v.from, ":") {
		family, to = "TCP6", "2001:db8:1::1"
	}
	text := fmt.Sprintf("PROXY %s %s %s 1000 110\r\nUSER %s\r\n", family, v.from, to, v.user)
	want := "-ERR [AUTH]"
	if v.right {
		text, want = text+"PASS secret\r\n", "+OK mrose has "
	} else {
		text += "PASS wrong\r\n"
	}
	if _, err := io.WriteString(conn, text+"QUIT\r\n"); err != nil {
		return err
	}
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(reply), want) {
		return fmt.Errorf("%s: %q, %w", v.from, reply, err)
	}
	return nil
}

// guesser is the address of a client that is refused because it continued to guess.
const guesser = "203.0.113.7"

// withRefusals returns a log with the refusals of a client, made from lines of the same
// daemon that have one.
func withRefusals(t *testing.T, log, lines string) string {
	t.Helper()
	refusal := regexp.MustCompile(`(?m)session rejected .* reason="failed logins" .*$`).FindString(lines)
	if !strings.Contains(refusal, "remote=127.0.0.2 ") {
		t.Fatalf("no refusal: %q", refusal)
	}
	refusal = strings.Replace(refusal, "remote=127.0.0.2 ", "remote="+guesser+" ", 1)
	last := log[strings.LastIndex(strings.TrimSuffix(log, "\n"), "\n")+1:]
	stamp, _, _ := strings.Cut(last, " ")
	return log + strings.Repeat(stamp+" "+refusal+"\n", attempts)
}

// compareBans checks that all attackers are banned, and no other address.
func compareBans(t *testing.T, banned, attackers map[string]bool) {
	t.Helper()
	for address := range attackers {
		if !banned[address] {
			t.Errorf("not banned: %s", address)
		}
	}
	for address := range banned {
		if !attackers[address] {
			t.Errorf("falsely banned: %s", address)
		}
	}
}
