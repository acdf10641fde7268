// Package mariadb runs real database servers for tests: MariaDB as the
// distribution ships it, each with data and socket of its own in a temporary
// directory, ended with the test.
package mariadb

import (
	"database/sql"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/go-sql-driver/mysql"

	"tpops/pkg/certs/certstest"
)

// Server is one database server. Only the test's goroutine may use it.
type Server struct {
	Socket  string // path of its socket
	Address string // host:port of TCP, empty without it
	CAFile  string // with TCP: the authority that signed its certificate, in PEM

	tb        testing.TB
	directory string
	options   []string
	enter     func()     // of NewNode, or nil
	owner     *user.User // the user that it runs as, nil for the test's own user
	process   *process   // nil while it is down
}

// New starts a server on a socket, and with tcp on a port of 127.0.0.1 too,
// where it offers TLS. It waits until the server answers, and ends the server
// and removes its data at the end of the test. Without MariaDB on the machine
// the test is skipped; for root on Debian, who can install it, it fails. The options
// are further ones of mariadbd.
func New(tb testing.TB, tcp bool, options ...string) *Server {
	tb.Helper()
	s := prepare(tb, "--no-defaults")
	s.network(tcp)
	s.options = append(s.options, options...)
	s.Start()
	return s
}

// NewNode starts a node of a cluster, as New does, with a configuration file and further
// options, first for this start only. enter may move the thread that starts it to a namespace.
func NewNode(tb testing.TB, enter func(), file string, options []string, first ...string) *Server {
	tb.Helper()
	s := prepare(tb, "--defaults-file="+file)
	s.options, s.enter = append(s.options, options...), enter
	s.Start(first...)
	return s
}

// prepare makes a server with new data. Its first option is defaults.
func prepare(tb testing.TB, defaults string) *Server {
	tb.Helper()
	install, daemon := find(tb, "mariadb-install-db"), find(tb, "mariadbd")
	// Not tb.TempDir, whose path may be too long for a socket.
	directory, err := os.MkdirTemp("", "mariadb")
	check(tb, "temporary directory", err)
	tb.Cleanup(func() { os.RemoveAll(directory) })
	s := &Server{tb: tb, directory: directory, Socket: filepath.Join(directory, "socket")}
	if os.Getuid() == 0 {
		s.owner, err = user.Lookup("mysql")
		check(tb, "user of the server", err)
	}
	s.options = []string{
		daemon, defaults, "--datadir=" + filepath.Join(directory, "data"), "--socket=" + s.Socket, "--tmpdir=" + directory,
		"--pid-file=" + filepath.Join(directory, "pid"), "--log-error=" + filepath.Join(directory, "log"),
		"--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=2",
		"--performance-schema=OFF", "--character-set-server=utf8mb4", "--max-connections=60",
	}
	s.give(directory)
	// Two servers with one process id, in containers, would use one name in a shared tmpdir.
	s.run(install, "--no-defaults", "--datadir="+filepath.Join(directory, "data"), "--tmpdir="+directory,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
		"--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M")
	tb.Cleanup(s.Kill)
	return s
}

// find returns the path of a program of MariaDB's.
func find(tb testing.TB, name string) string {
	tb.Helper()
	for _, directory := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/bin") {
		if path, err := exec.LookPath(filepath.Join(directory, name)); err == nil {
			return path
		}
	}
	if _, err := os.Stat("/etc/debian_version"); err == nil && os.Getuid() == 0 {
		tb.Fatalf("no %s: apt-get install --no-install-recommends mariadb-server", name)
	}
	tb.Skipf("no %s on this machine", name)
	return ""
}

// network adds the options for TCP, or against it.
func (s *Server) network(tcp bool) {
	s.tb.Helper()
	if !tcp {
		s.options = append(s.options, "--skip-networking")
		return
	}
	s.Address = freePort(s.tb)
	_, port, err := net.SplitHostPort(s.Address)
	check(s.tb, "port", err)
	s.CAFile = filepath.Join(s.directory, "ca.pem")
	certificate, key := filepath.Join(s.directory, "cert.pem"), filepath.Join(s.directory, "key.pem")
	authority := certstest.NewAuthority(s.tb)
	check(s.tb, "authority", os.WriteFile(s.CAFile, authority.PEM, 0o644))
	leaf := certstest.Leaf{CommonName: "database under test", Names: []string{"localhost", "127.0.0.1"}}
	authority.Issue(s.tb, leaf).Write(s.tb, certificate, key)
	s.options = append(s.options, "--bind-address=127.0.0.1", "--port="+port,
		"--ssl-ca="+s.CAFile, "--ssl-cert="+certificate, "--ssl-key="+key)
	s.give(certificate)
	s.give(key)
}

// freePort returns an address with no listener, outside the range from
// which the kernel gives ports to connections.
func freePort(tb testing.TB) string {
	tb.Helper()
	for port := 20000 + os.Getpid()%10000; port < 32000; port++ {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	tb.Fatal("no free port")
	return ""
}

// give makes the server's user the owner of path.
func (s *Server) give(path string) {
	s.tb.Helper()
	if s.owner != nil {
		check(s.tb, "owner", os.Chown(path, number(s.owner.Uid), number(s.owner.Gid)))
	}
}

func number(id string) int {
	n, _ := strconv.Atoi(id) // of the kind that the kernel takes
	return n
}

// Exec runs statements as the database's root, one by one.
func (s *Server) Exec(statements ...string) {
	s.tb.Helper()
	db := s.root()
	defer db.Close()
	for _, statement := range statements {
		_, err := db.ExecContext(s.tb.Context(), statement)
		check(s.tb, statement, err)
	}
}

// Query returns the last column of the first row that the database's root
// gets for a statement, as text.
func (s *Server) Query(statement string) string {
	s.tb.Helper()
	db := s.root()
	defer db.Close()
	rows, err := db.QueryContext(s.tb.Context(), statement)
	check(s.tb, statement, err)
	defer rows.Close()
	columns, err := rows.Columns()
	check(s.tb, statement, err)
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(sql.NullString)
	}
	if !rows.Next() {
		s.tb.Fatalf("%s: no row (%v)", statement, rows.Err())
	}
	check(s.tb, statement, rows.Scan(values...))
	return values[len(values)-1].(*sql.NullString).String
}

// root returns a pool for the database's root; the caller closes it.
func (s *Server) root() *sql.DB {
	s.tb.Helper()
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "unix", s.Socket, "root"
	connector, err := mysql.NewConnector(config)
	check(s.tb, "root's connection", err)
	return sql.OpenDB(connector)
}

func check(tb testing.TB, what string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}
