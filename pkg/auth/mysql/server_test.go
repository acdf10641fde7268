package mysql

import (
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseServers(t *testing.T) {
	tests := []struct {
		name, list string
		want       []address // nil: refused
	}{
		{"none", "", []address{{"unix", "/run/mysqld/mysqld.sock"}}},
		{"localhost", "localhost", []address{{"unix", localSocket}, {"tcp", "localhost:3306"}}},
		{"localhost and the usual port", "a,localhost:3306", []address{{"tcp", "a:3306"}, {"unix", localSocket}, {"tcp", "localhost:3306"}}},
		{"localhost and another port", "localhost:3307", []address{{"tcp", "localhost:3307"}}},
		{"address of localhost", "127.0.0.1", []address{{"tcp", "127.0.0.1:3306"}}},
		{"host", "db.example.org", []address{{"tcp", "db.example.org:3306"}}},
		{"host and port", "db:3307", []address{{"tcp", "db:3307"}}},
		{"IPv4", "192.0.2.1", []address{{"tcp", "192.0.2.1:3306"}}},
		{"IPv6", "2001:db8::1", []address{{"tcp", "[2001:db8::1]:3306"}}},
		{"IPv6 in brackets", "[::1]", []address{{"tcp", "[::1]:3306"}}},
		{"IPv6 and port", "[::1]:3307", []address{{"tcp", "[::1]:3307"}}},
		{"socket", "/run//my.sock", []address{{"unix", "/run/my.sock"}}},
		{"several", "a, /b ,[::1]:1", []address{{"tcp", "a:3306"}, {"unix", "/b"}, {"tcp", "[::1]:1"}}},
		{"port 0", "db:0", nil},
		{"port too high", "db:65536", nil},
		{"port with a sign", "db:+1", nil},
		{"no port after the colon", "db:", nil},
		{"no host", ":3306", nil},
		{"comma at the end", "db,", nil},
		{"blank inside", "a b", nil},
		{"data source name", "user:secret@tcp(db)/x", nil},
		{"relative path", "run/my.sock", nil},
		{"open bracket", "[::1", nil},
		{"name in brackets", "[db]", []address{{"tcp", "db:3306"}}},
		{"only a bracket closed", "::1]", nil},
		{"too many colons", "a:1:2", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseServers(tt.list)
			if (err == nil) != (tt.want != nil) {
				t.Fatalf("%v, error %v", got, err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(address{})); err == nil && diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

// A confined process needs access to the sockets that are tried without being named.
func TestMySQLSockets(t *testing.T) {
	for list, want := range map[string][]string{
		"":                {localSocket},
		"db:3306,::1":     nil,
		"localhost,/a/b/": {localSocket, "/a/b"},
		"a b":             nil,
	} {
		if got := Sockets(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

// FuzzParseServers checks that a parsed address is accepted by net.Dial and parses to
// the same address again.
func FuzzParseServers(f *testing.F) {
	f.Add("db, [::1]:3307, ::1, /run/my.sock")
	f.Fuzz(func(t *testing.T, list string) {
		servers, err := parseServers(list)
		for _, server := range servers {
			if host, port, split := net.SplitHostPort(server.address); server.network == "tcp" && (split != nil || host == "" || port == "") {
				t.Errorf("%q: %+v", list, server)
			}
			if again, err := parseServer(server.address); err != nil || again != server {
				t.Errorf("%q: %+v read again is %+v, %v", list, server, again, err)
			}
		}
		if (err == nil) != (len(servers) > 0) {
			t.Errorf("%q: %v, %v", list, servers, err)
		}
	})
}
