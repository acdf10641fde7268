package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tpops/test/daemon"
)

const password = "secret"

// storedPassword is as costly to check as what is in /etc/shadow often is.
const storedPassword = "{SHA512-CRYPT}$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz."

// tooLong is when an honest client gives up.
const tooLong = 5 * time.Second

// group is honest clients of a kind.
type group struct {
	name string
	from func(client, login int) net.IP
}

var groups = []group{
	{"known", func(client, _ int) net.IP { return net.IPv4(127, 1, 1, byte(1+client)) }},
	{"new", func(client, login int) net.IP {
		return net.IPv4(127, byte(10+client), byte(login/250), byte(1+login%250))
	}},
}

func userName(group, client int) string { return fmt.Sprintf("%s%d", groups[group].name, client) }

// makeUsers makes the mailboxes of the honest clients.
func makeUsers(dir, file string) error {
	var users []daemon.User
	for g := range groups {
		for client := range honest {
			maildir := filepath.Join(dir, userName(g, client))
			if err := makeMaildir(maildir); err != nil {
				return err
			}
			users = append(users, daemon.User{Login: userName(g, client), Password: storedPassword, Maildir: maildir})
		}
	}
	return daemon.WriteUsers(file, users...)
}

// makeMaildir makes an empty Maildir.
func makeMaildir(name string) error {
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(name, sub), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// warmUp has each of the known clients log in once, before the flood.
func warmUp(addr string) error {
	var errs []error
	for client := range honest {
		errs = append(errs, logInAndOut(addr, userName(0, client), groups[0].from(client, 0)))
	}
	return errors.Join(errs...)
}

// logInAndOut does what a mail program does that finds no new mail.
func logInAndOut(addr, user string, from net.IP) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: tooLong}
	conn, err := dialer.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := daemon.NewClient(conn)
	if err := conn.SetDeadline(time.Now().Add(tooLong)); err != nil {
		return err
	}
	greeting, err := c.Line()
	if err != nil || !strings.HasPrefix(greeting, "+OK") {
		return fmt.Errorf("greeting %q: %w", greeting, err)
	}
	for _, command := range []string{"USER " + user, "PASS " + password, "STAT", "QUIT"} {
		answer, err := c.Command(command)
		if err != nil || !strings.HasPrefix(answer, "+OK") {
			return fmt.Errorf("%s: %q: %w", command, answer, err)
		}
	}
	return nil
}

// measureGroups has all honest clients log in and out for a while, and returns
// a row of the table for each group.
func measureGroups(addr string) []string {
	var rows [2]string
	var all sync.WaitGroup
	for g := range groups {
		all.Go(func() { rows[g] = measureGroup(addr, g) })
	}
	all.Wait()
	return rows[:]
}

func measureGroup(addr string, g int) string {
	var times [honest][]time.Duration
	var failed atomic.Int64
	var clients sync.WaitGroup
	end := time.Now().Add(span)
	for client := range honest {
		clients.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				start := time.Now()
				if err := logInAndOut(addr, userName(g, client), groups[g].from(client, n)); err != nil {
					failed.Add(1)
					continue
				}
				times[client] = append(times[client], time.Since(start))
			}
		})
	}
	clients.Wait()
	all := slices.Concat(times[:]...)
	slices.Sort(all)
	row := fmt.Sprintf("%s\t%.0f\t%d", groups[g].name, float64(len(all))/span.Seconds(), failed.Load())
	for _, share := range []float64{0.5, 0.95, 0.99, 1} {
		row += "\t" + quantile(all, share)
	}
	return row
}

// quantile returns the time that this share of the logins took at most.
func quantile(sorted []time.Duration, share float64) string {
	if len(sorted) == 0 {
		return "-"
	}
	i := min(int(share*float64(len(sorted))), len(sorted)-1)
	return sorted[i].Round(100 * time.Microsecond).String()
}
