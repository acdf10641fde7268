package setup

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lines returns the settings of a drop-in, in alphabetical order.
func lines(text string) []string {
	all := strings.Split(strings.TrimSpace(regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")), "\n")
	slices.Sort(all)
	return all
}

// The drop-in for virtual users has the settings of the example.
func TestServiceDropInIsExample(t *testing.T) {
	example, err := os.ReadFile("../../systemd/examples/vmail.conf")
	if err != nil {
		t.Fatal(err)
	}
	got := serviceDropIn(&Choice{Users: UsersFile, MailRoot: "/var/vmail"}, "vmail", nil)
	if !slices.Equal(lines(got), lines(string(example))) {
		t.Errorf("%s\nis not\n%s", got, example)
	}
}

func TestServiceDropIn(t *testing.T) {
	resolve := func(host string) []string { return []string{"192.0.2.7", "2001:db8::7"} }
	for _, test := range []struct {
		name       string
		choice     Choice
		has, lacks string
	}{
		{"system", Choice{Users: UsersSystem, MailRoot: "/home"}, "", "[Service]"},
		{"below home", Choice{Users: UsersFile, MailRoot: "/home/mail"}, "ReadWritePaths=/home/mail\n", "ProtectHome"},
		{"two roots", Choice{Users: UsersFile, MailRoot: "/a,/b"}, "ReadWritePaths=\nReadWritePaths=/a /b\n", "/a,/b"},
		{"homes", Choice{Users: UsersSystem, MailRoot: "/home,/var/mail,/srv/x"}, "ReadWritePaths=/srv/x\n", "/home"},
		{"socket", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "/run/s"}}, "LoadCredential=mysql-passwd:/etc/tpops/mysql-passwd\n", "PrivateNetwork"},
		{"own password", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "/run/s", inConfig: true}}, "User=vmail", "LoadCredential"},
		{"host", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "db:3307"}}, "PrivateNetwork=no\nRestrictAddressFamilies=AF_INET AF_INET6\nIPAddressAllow=localhost 192.0.2.7 2001:db8::7\n", "@x"},
		{"address", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "192.0.2.9"}}, "IPAddressAllow=localhost 192.0.2.9\n", "@x"},
		{"IPv6", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "2001:db8::9"}}, "IPAddressAllow=localhost 2001:db8::9\n", "192.0.2.7"},
		{"IPv6 in brackets", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "[2001:db8::9]"}}, "IPAddressAllow=localhost 2001:db8::9\n", "192.0.2.7"},
		{"IPv6 with a port", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "[2001:db8::9]:3307"}}, "IPAddressAllow=localhost 2001:db8::9\n", "192.0.2.7"},
		{"loopback", Choice{Users: UsersMySQL, MySQL: MySQL{Server: "127.0.0.1:3306"}}, "IPAddressAllow=localhost\n", "@x"},
	} {
		got := serviceDropIn(&test.choice, "vmail", resolve)
		if !strings.Contains(got, test.has) || strings.Contains(got, test.lacks) || (got == "") != (test.name == "system") {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

// The table is that of the packages.
func TestCreateTable(t *testing.T) {
	file, err := os.ReadFile("../../packaging/sql/tpops_auth-mysql.sql")
	if err != nil {
		t.Fatal(err)
	}
	plain := func(text string) string {
		text = regexp.MustCompile(`--.*`).ReplaceAllString(text, "")
		return strings.Trim(strings.Join(strings.Fields(text), " "), "; ")
	}
	if got, want := plain(createTable), plain(string(file)); strings.Replace(got, "if not exists ", "", 1) != want {
		t.Errorf("%s\nis not\n%s", got, want)
	}
}
