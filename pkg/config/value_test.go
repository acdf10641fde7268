package config

import (
	"strings"
	"testing"
)

// Each text is set as on the command line. A want that begins with ! is the error.
func TestValues(t *testing.T) {
	const (
		isPort    = "!must be a port, host:port or [IPv6 address]:port, not "
		isHost    = "!must be a host name of letters, digits, hyphens and dots, not "
		isSwitch  = "!must be yes or no, not "
		isTime    = "!must be a time such as 90, 90s, 10m, 1h or 7d, not "
		portRange = "!must have a port from 0 to 65535, not "
		isUsers   = "!must be passwd, mysql, passwd-file, pam or dovecot, or several of them separated by commas, not "
	)
	for _, test := range []struct{ param, text, want string }{
		{"fg", "yes", "yes"}, {"fg", "true", "yes"}, {"fg", "on", "yes"}, {"fg", "YES", "yes"},
		{"maildir-lock", "no", "no"}, {"maildir-lock", "false", "no"}, {"maildir-lock", "off", "no"},
		{"fg", "1", isSwitch + `"1"`}, {"fg", "", isSwitch + `""`},

		{"max-servers", "1", "1"}, {"max-servers", "100000", "100000"},
		{"max-servers", "0", `!must be from 1 to 100000, not "0"`},
		{"max-servers", "-1", `!must be from 1 to 100000, not "-1"`},
		{"max-servers", "100001", `!must be from 1 to 100000, not "100001"`},
		{"max-servers", "99999999999999999999", `!must be from 1 to 100000, not "99999999999999999999"`},
		{"max-servers", "5.5", `!must be a whole number, not "5.5"`},
		{"max-servers", "", `!must be a whole number, not ""`},
		{"max-servers", "5 ", `!must be a whole number, not "5 "`},
		{"mysql-connections", "0", `!must be from 1 to 10000, not "0"`},

		{"command-timeout", "90", "90"}, {"command-timeout", "90s", "90"}, {"command-timeout", "10m", "600"},
		{"command-timeout", "1h", "3600"}, {"keep-deleted", "7d", "604800"}, {"keep-deleted", "0", "0"}, {"command-timeout", "1500ms", "1.5s"}, {"command-timeout", "1.5s", "1.5s"},
		{"command-timeout", "0", `!must be from 1 to 31536000 seconds, not "0"`},
		{"command-timeout", "999ms", `!must be from 1 to 31536000 seconds, not "999ms"`},
		{"command-timeout", "-5", `!must be from 1 to 31536000 seconds, not "-5"`},
		{"command-timeout", "8761h", `!must be from 1 to 31536000 seconds, not "8761h"`},
		{"command-timeout", "9223372037", `!must be from 1 to 31536000 seconds, not "9223372037"`},
		{"command-timeout", "99999999999999999999", `!must be from 1 to 31536000 seconds, not "99999999999999999999"`},
		{"command-timeout", "1w", isTime + `"1w"`}, {"command-timeout", "", isTime + `""`},
		{"command-timeout", "NaN", isTime + `"NaN"`}, {"command-timeout", "1e3", isTime + `"1e3"`},
		{"connection-keep-time", "0", `!must be from 1 to 31536000 seconds, not "0"`},
		{"error-interval", "0", "0"}, {"error-interval", "0s", "0"}, {"error-interval", "600", "600"},
		{"error-interval", "601", `!must be from 0 to 600 seconds, not "601"`},
		{"max-idle", "0", `!must be from 1 to 31536000 seconds, not "0"`},
		{"mysql-timeout", "0", `!must be from 1 to 600 seconds, not "0"`},

		{"port", "110", "110"}, {"port", ":110", "110"}, {"port", "0", "0"}, {"port", "65535", "65535"}, {"port", "00110", "110"},
		{"port", "localhost:110", "localhost:110"}, {"port", "127.0.0.1:0", "127.0.0.1:0"},
		{"port", "[::1]:110", "[::1]:110"}, {"port", "[fe80::1%eth0]:110", "[fe80::1%eth0]:110"},
		{"port", "65536", portRange + `"65536"`}, {"port", "-1", portRange + `"-1"`}, {"port", "pop3", portRange + `"pop3"`},
		{"port", "host:", portRange + `"host:"`}, {"port", "", portRange + `""`},
		{"port", "::1:110", isPort + `"::1:110"`}, {"port", "[::1]110", isPort + `"[::1]110"`},
		{"port", "[fe80::1%e\nx]:110", `!must not contain spaces: "[fe80::1%e\nx]:110"`},
		{"port", "a_b c:110", `!must not contain spaces: "a_b c:110"`},
		{"port", "*:110", `!must have a host name or IP address before the port, not "*:110"`},

		{"hostname", "mail.example.org", "mail.example.org"}, {"hostname", "my_host", "my_host"},
		{"hostname", "", "!must not be empty"}, {"hostname", "a..b", isHost + `"a..b"`}, {"hostname", "a.", isHost + `"a."`},
		{"hostname", "a>b", isHost + `"a>b"`}, {"hostname", "a b", isHost + `"a b"`}, {"hostname", "-a", isHost + `"-a"`},
		{"hostname", "a\r\n+OK", isHost + `"a\r\n+OK"`}, {"hostname", "müller", isHost + `"müller"`},
		{"hostname", strings.Repeat("a", 256), "!must be at most 255 characters long, not 256"},

		{"domain", "example.org", "example.org"}, {"domain", "@example.org", "@example.org"}, {"domain", "%x", "%x"},
		{"domain", "a b", `!must not contain spaces: "a b"`},
		{"domain", "a\x00b", `!must not contain control characters: "a\x00b"`},
		{"domain", "a\xffb", `!must be UTF-8, not "a\xffb"`},

		{"user", "mail", "mail"}, {"user", "8", "8"}, {"user", "4294967294", "4294967294"}, {"user", "parent's", ""},
		{"user", "4294967295", `!must be from 0 to 4294967294, not "4294967295"`},
		{"user", "99999999999999999999", `!must be from 0 to 4294967294, not "99999999999999999999"`},
		{"user", "-1", `!must be a name or a number, not "-1"`}, {"user", "a:b", `!must be a name or a number, not "a:b"`},
		{"group", "a b", `!must not contain spaces: "a b"`}, {"group", "", "!must not be empty"},

		{"auth-type", "mysql", "mysql"}, {"auth-type", " mysql , passwd", "mysql,passwd"},
		{"auth-type", "mysq", isUsers + `"mysq"`}, {"auth-type", "passwd,", isUsers + `"passwd,"`}, {"auth-type", "", isUsers + `""`},
		{"auth-type", "mysql,passwd,mysql", "!contains mysql twice"},
		{"pam-service", "login", "login"}, {"pam-service", "../x", `!must be the name of a file, without directory, not "../x"`},
		{"pam-service", "..", `!must be the name of a file, without directory, not ".."`}, {"pam-service", "", "!must not be empty"},
		{"syslog", "none", "none"}, {"syslog", "local7", "local7"}, {"error-interval-for", "all", "all"},
		{"parallel-type", "thread", "thread"},
		{"parallel-type", "prefork", "prefork"}, {"parallel-type", "fork", "fork"},
		{"mailbox-type", "proxy", "proxy"}, {"mailbox-type", "mbox", `!must be maildir or proxy, not "mbox"`},

		{"access-log", "/var/log/x y", "/var/log/x y"}, {"access-log", "none", ""}, {"access-log", "", "!must not be empty"},
		{"pid-file", "/a\nb", `!must not contain control characters: "/a\nb"`},
		{"maildir", "mail/Maildir", "mail/Maildir"}, {"maildir", "none", "none"},
		{"maildir", "/var/mail", `!must be a path relative to the home directory, and below it, not "/var/mail"`},
		{"maildir", "../x", `!must be a path relative to the home directory, and below it, not "../x"`},

		{"mysql-server", "db", "db:3306"}, {"mysql-server", "db:33", "db:33"}, {"mysql-server", "/run/x.sock", "/run/x.sock"},
		{"mysql-server", "[::1]:33 , [::1],::1,a", "[::1]:33,[::1]:3306,[::1]:3306,a:3306"}, {"mysql-server", "none", ""},
		{"mysql-server", "a,", "!must not contain an empty name: remove the comma"}, {"mysql-server", "", "!must not contain an empty name: remove the comma"},
		{"mysql-server", ":33", `!must be host, host:port, [IPv6 address]:port or /path/to/socket, not ":33"`},
		{"mysql-server", "a:0", `!must be host, host:port, [IPv6 address]:port or /path/to/socket, not "a:0"`},
		{"mysql-server", "a:x", portRange + `"a:x"`}, {"mysql-server", "[::1", `!must have a host name or IP address before the port, not "[::1"`},
		{"mysql-server", "/a\x01", `!must not contain control characters: "/a\x01"`},
		{"mysql-auth-query", "select\n\tx", "select\n\tx"}, {"mysql-auth-query", "a\rb", `!must not contain control characters: "a\rb"`},
		{"mysql-passwd", "none", "none"}, {"mysql-passwd", "", ""}, {"mysql-passwd", " a b ", " a b "},
		{"mysql-passwd", "a\x00b", "!must not contain NUL"}, {"mysql-passwd", strings.Repeat("x", maxSecret+1), "!must be at most 4096 octets long"},
		{"pop-server", "localhost:10110", "localhost:10110"}, {"pop-server", "a, b:111,[::1]", "a:110,b:111,[::1]:110"},
		{"pop-server", "/run/socket", `!must be host, host:port or [IPv6 address]:port, not "/run/socket"`},
		{"pop-server", "a,,b", "!must not contain an empty name: remove the comma"}, {"pop-server", "a:0", `!must be host, host:port, [IPv6 address]:port or /path/to/socket, not "a:0"`},
		{"domain", strings.Repeat("a ", 50), `!must not contain spaces: "` + strings.Repeat("a ", 30) + `"…`},
	} {
		t.Run(test.param+"="+test.text[:min(len(test.text), 20)], func(t *testing.T) {
			p := newLoader(Source{}).byName[test.param]
			before := p.value.text()
			err := p.set(test.text)
			switch got := p.value.text(); {
			case err != nil && "!"+err.Error() != test.want:
				t.Errorf("error %v, want %s", err, test.want)
			case err != nil && got != before:
				t.Errorf("changed to %q in spite of the error", got)
			case err == nil && got != test.want:
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
