package main

import (
	"slices"

	"tpops/test/bench/load"
	"tpops/test/bench/peer"
	"tpops/test/bench/proc"
)

// contender is a server in a lineup.
type contender struct {
	*peer.Server
	column string
	exact  bool
	kind   peer.Kind
	setup  peer.Setup
	failed bool
	count  int // for what a measurement has to count per server
}

// isTPOPS reports whether the server is the one that is developed here.
func (c *contender) isTPOPS() bool { return isTPOPS(c.kind) }

func isTPOPS(k peer.Kind) bool {
	return slices.Contains([]string{"thread", "prefork", "fork"}, k.Column)
}

// restart starts a server anew, as one that has served nobody yet. If it is to
// forget, it also has nothing on disk.
func (c *contender) restart(forget bool) error {
	c.Stop()
	if forget {
		if err := c.Forget(); err != nil {
			return err
		}
	}
	server, err := c.kind.Start(c.setup)
	if err == nil {
		c.Server = server
	}
	return err
}

// restartFor restarts a server and has it serve another mailbox, so that all
// its processes run. It has not seen any other yet.
func (c *contender) restartFor(forget bool, other string, buf []byte) error {
	if err := c.restart(forget); err != nil {
		return err
	}
	_, err := timePoll(c, other, buf)
	return err
}

// cpuMS returns the processor time that the server has used so far, in
// milliseconds.
func (c *contender) cpuMS() (float64, error) {
	t, err := proc.CPU(c.PID)
	return float64(t.Nanoseconds()) / 1e6, err
}

// logIn opens n connections and logs their users in.
func (c *contender) logIn(t load.Target, users []string, buf []byte) ([]*load.Conn, error) {
	var conns []*load.Conn
	for _, user := range users {
		conn, err := load.Dial(t, buf)
		if err == nil {
			conns = append(conns, conn)
			err = conn.DoAll(load.Login(user, peer.Password), buf)
		}
		if err != nil {
			closeAll(conns)
			return nil, err
		}
	}
	return conns, nil
}

func closeAll(conns []*load.Conn) {
	for _, c := range conns {
		c.Close()
	}
}
