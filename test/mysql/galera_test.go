//go:build integration

package mysql

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/pop3"
	"tpops/test/daemon"
	"tpops/test/mariadb"
)

// TestNodeRefusesQueries has a node of a Galera cluster that accepts connections and refuses
// queries, as one does that has lost the others, or that does not answer: the next server
// answers each login, on connections from before and on new ones.
func TestNodeRefusesQueries(t *testing.T) {
	address, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	node := mariadb.NewWithUsers(t, false, "--binlog-format=ROW", "--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
		"--wsrep-cluster-address=gcomm://", "--wsrep-node-address="+address, "--wsrep-provider-options=gmcast.listen_addr=tcp://"+address)
	other := mariadb.NewWithUsers(t, false)
	both := open(t, node, func(o *mysql.Options) { o.Servers = node.Socket + "," + other.Socket })
	hasty := open(t, node, func(o *mysql.Options) { o.Servers, o.Timeout = node.Socket+","+other.Socket, time.Second })
	alone := open(t, node, nil)
	together(t, both)
	together(t, hasty)
	node.Freeze()
	together(t, hasty)
	node.Thaw()
	node.Exec("set global wsrep_reject_queries = ALL")
	together(t, both)
	_, err = alone.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
	wantTrouble(t, nil, err)
	if text := err.Error(); !strings.Contains(text, "1047") || !strings.Contains(text, "wsrep_cluster_status") {
		t.Errorf("the error does not name the cause: %v", err)
	}
	if _, err := alone.Logins(t.Context(), func(error) {}); err == nil || !strings.Contains(err.Error(), "1047") {
		t.Errorf("list of users: %v", err)
	}
	node.Exec("set global wsrep_reject_queries = NONE")
	together(t, alone)
	other.Kill()
	together(t, both)
	together(t, hasty)
}

// together logs in many times at once.
func together(t *testing.T, m *mysql.Database) {
	t.Helper()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
