package config

import (
	"strings"
	"testing"
)

func TestWithoutEffect(t *testing.T) {
	const onlyMySQL = "has an effect only with auth-type = mysql, but auth-type is passwd"
	const prefork = "has an effect only with parallel-type = prefork, but parallel-type is thread"
	for _, test := range []struct{ name, file, args, want string }{
		{"mysql-server", "mysql-server='x'", "", "DIR/t.toml:1:14: mysql-server: " + onlyMySQL},
		{"as an option", "", "--mysql-db=x", "--mysql-db: " + onlyMySQL},
		{"set to its default", "mysql-tls = false", "", "DIR/t.toml:1:13: mysql-tls: " + onlyMySQL},
		{"set to none", "mysql-server = 'none'\npasswd-file = 'none'", "", ""},
		{"of the file, unset by an option", "mysql-server = 'x'", "--mysql-server=none", ""},
		{"the command line overrules", mysqlFile, "--auth-type=passwd", ""},
		{"two options contradict each other", mysqlFile, "--auth-type=passwd --mysql-user=x", "--mysql-user: " + onlyMySQL},
		{"type is wrong", "auth-type='mysq'\nmysql-server='x'\npasswd-file='x'", "",
			`DIR/t.toml:1:11: auth-type: must be passwd, mysql, passwd-file, pam or dovecot, or several of them separated by commas, not "mysq"`},
		{"passwd-file", "passwd-file='x'", "", "DIR/t.toml:1:13: passwd-file: has an effect only with auth-type = passwd-file, but auth-type is passwd"},
		{"apop-passwd-file", "auth-type='passwd-file'\npasswd-file='x'\napop-passwd-file='x'", "",
			"DIR/t.toml:3:18: apop-passwd-file: has an effect only with auth-type = passwd, but auth-type is passwd-file"},
		{"maildir", mysqlFile + "maildir='x'", "",
			"DIR/t.toml:4:9: maildir: has an effect only with auth-type = passwd, passwd-file, pam or dovecot, but auth-type is mysql"},
		{"maildir with one of several", mysqlFile + "maildir='x'", "--auth-type=mysql,passwd", ""},
		{"passwd-file with another two", "auth-type='passwd,mysql'\npasswd-file='x'", "--mysql-server=x --mysql-db=x",
			"DIR/t.toml:2:13: passwd-file: has an effect only with auth-type = passwd-file, but auth-type is passwd,mysql"},
		{"maildir with passwd-file", "auth-type='passwd-file'\npasswd-file='x'\nmaildir='x'", "", ""},
		{"mysql-tls-ca", mysqlFile + "mysql-tls-ca='x'", "",
			"DIR/t.toml:4:14: mysql-tls-ca: has an effect only with mysql-tls = yes, but mysql-tls is no"},
		{"mysql-tls-ca with mysql-tls", mysqlFile + "mysql-tls-ca='x'\nmysql-tls=true", "", ""},
		{"inetd", "inetd=true\nport=1\npid-file='x'\nfg=true\nmax-servers=5\nparallel-type='thread'", "",
			"DIR/t.toml:2:6: port: has no effect with inetd = yes\nDIR/t.toml:3:10: pid-file: has no effect with inetd = yes\n" +
				"DIR/t.toml:4:4: fg: has no effect with inetd = yes\nDIR/t.toml:5:13: max-servers: has no effect with inetd = yes\n" +
				"DIR/t.toml:6:15: parallel-type: has no effect with inetd = yes"},
		{"inetd and daemon share a file", "port=1\nmax-servers=5\nparallel-type='thread'", "--inetd", ""},
		{"inetd with an option of the daemon", "", "--inetd --port=1", "--port: has no effect with inetd = yes"},
		{"inetd with what restricts it too", "inetd=true\nmail-roots='/srv'", "", ""},
		{"inetd turned off", "inetd=true\nport=1", "--inetd=no", ""},
		{"error-interval-for", "error-interval='0s'\nerror-interval-for='all'", "",
			"DIR/t.toml:2:20: error-interval-for: has no effect with error-interval = 0"},
		{"login-hook-max", "login-hook-max=5", "", "DIR/t.toml:1:16: login-hook-max: has an effect only if login-hook is set"},
		{"login-hook-max with login-hook", "login-hook='/x'\nlogin-hook-max=5\nlogin-hook-timeout='5s'", "", ""},
		{"prefork", "min-servers=5\nmax-use=5\nmax-idle=5", "", ""},
		{"prefork's with thread", "parallel-type='thread'\nmin-servers=5\nmax-idle=5", "--max-use=5",
			"--max-use: " + prefork + "\nDIR/t.toml:2:13: min-servers: " + prefork + "\nDIR/t.toml:3:10: max-idle: " + prefork},
		{"proxy", "mailbox-type='proxy'\npop-server='localhost:10110'\nmaildir-lock=true", "",
			"DIR/t.toml:3:14: maildir-lock: has an effect only with mailbox-type = maildir, but mailbox-type is proxy"},
		{"proxy without APOP", "mailbox-type='proxy'\napop-passwd-file='/x'", "",
			"DIR/t.toml:2:18: apop-passwd-file: has an effect only with mailbox-type = maildir, but mailbox-type is proxy"},
		{"no proxy", "pop-server='localhost:10110'\npop-server-tls-ca='/x'", "",
			"DIR/t.toml:1:12: pop-server: has an effect only with mailbox-type = proxy, but mailbox-type is maildir\n" +
				"DIR/t.toml:2:19: pop-server-tls-ca: has an effect only with pop-server-tls = stls or implicit, but pop-server-tls is no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, got, _ := loadIn(t, t.TempDir(), test.file, strings.Fields(test.args)...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestRequired(t *testing.T) {
	for _, test := range []struct{ name, file, args, want string }{
		{"passwd-file", "\nauth-type = 'passwd-file'", "", "DIR/t.toml:2:13: auth-type = passwd-file needs passwd-file"},
		{"passwd-file as an option", "", "--auth-type=passwd-file", "--auth-type: auth-type = passwd-file needs passwd-file"},
		{"passwd-file without value", "", "--auth-type=passwd-file --passwd-file", "--passwd-file: needs a value"},
		{"mysql", "auth-type = 'mysql'", "",
			"DIR/t.toml:1:13: auth-type = mysql needs mysql-db"},
		{"one of them is wrong", "auth-type = 'mysql'\nmysql-server = 5", "--mysql-db=x", "DIR/t.toml:2:16: mysql-server: must be text in quotes, or a list of such texts"},
		{"unset by an option", mysqlFile, "--mysql-db=none", "DIR/t.toml:1:13: auth-type = mysql needs mysql-db"},
		{"all there", mysqlFile, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, got, _ := loadIn(t, t.TempDir(), test.file, strings.Fields(test.args)...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
