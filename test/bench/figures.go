package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"tpops/test/daemon"
)

// parallel is how many clients log in at the same time, each to a mailbox of
// its own.
const parallel = 8

// logins is how many logins one run makes.
const logins = 2000

// idle is how many sessions wait while memory is measured.
const idle = 500

// logInAndOut does what a mail program does that finds no new mail.
func logInAndOut(addr, user string) error {
	c, err := daemon.Login(addr, user, password)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Command("STAT"); err != nil {
		return err
	}
	_, err = c.Command("QUIT")
	return err
}

// manyLogins makes all logins of one run and returns how long they took.
func manyLogins(s *server) (time.Duration, error) {
	errs := make([]error, parallel)
	var clients sync.WaitGroup
	start := time.Now()
	for i := range parallel {
		clients.Go(func() {
			for n := 0; n < logins/parallel && errs[i] == nil; n++ {
				errs[i] = logInAndOut(s.addr, userName(i))
			}
		})
	}
	clients.Wait()
	return time.Since(start), errors.Join(errs...)
}

func loginsPerSecond(s *server, _ *world) (float64, error) {
	took, err := manyLogins(s)
	return logins / took.Seconds(), err
}

func processorPerLogin(s *server, _ *world) (float64, error) {
	before, err := processorTime(s.pid)
	if err != nil {
		return 0, err
	}
	if _, err := manyLogins(s); err != nil {
		return 0, err
	}
	// Processes of the last sessions may not have been waited for yet; their
	// time is in the tree all the same.
	after, err := processorTime(s.pid)
	return float64((after - before).Microseconds()) / 1000 / logins, err
}

// openFirst opens the large mailbox for the first time, after it was made:
// its names are in the cache of the kernel.
func openFirst(s *server, w *world) (float64, error) { return openBig(s, w) }

func openBig(s *server, _ *world) (float64, error) {
	start := time.Now()
	c, err := daemon.Login(s.addr, bigUser, password)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	status, lines, err := c.Multi("UIDL")
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if n := countLines(lines); n != bigCount {
		return 0, fmt.Errorf("UIDL %s: %d lines", status, n)
	}
	_, err = c.Command("QUIT")
	return took.Seconds(), err
}

func retrieve(s *server, _ *world) (float64, error) {
	c, err := daemon.Login(s.addr, largeUser, password)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	start := time.Now()
	octets, err := c.Drain("RETR 1")
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if octets < largeOctets {
		return 0, fmt.Errorf("RETR sent %d octets, fewer than %d", octets, largeOctets)
	}
	_, err = c.Command("QUIT")
	return float64(octets) / 1e6 / took.Seconds(), err
}

func memoryPerSession(s *server, _ *world) (float64, error) {
	before, err := memory(s.pid)
	if err != nil {
		return 0, err
	}
	var clients []*daemon.Client
	defer func() {
		for _, c := range clients {
			c.Command("QUIT")
			c.Close()
		}
	}()
	for i := range idle {
		c, err := daemon.Login(s.addr, userName(i), password)
		if err != nil {
			return 0, err
		}
		clients = append(clients, c)
	}
	after, err := memory(s.pid)
	return float64(after-before) / 1024 / idle, err
}
