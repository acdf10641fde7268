//go:build integration

package mariadb

import "testing"

func TestServer(t *testing.T) {
	s := New(t, true)
	s.Exec("create database d", "create table d.t (n int)", "insert into d.t values (1)")
	s.Kill()
	s.Start()
	s.Stop()
	s.Start()
	s.Freeze()
	s.Thaw()
	s.Exec("insert into d.t values (2)")
}
