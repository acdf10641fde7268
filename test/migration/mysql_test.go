//go:build integration

package migration

import (
	"testing"

	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// hosting has users as hosting programs keep them.
func hosting(t *testing.T, o *old) *mariadb.Server {
	s := mariadb.New(t, true)
	s.Exec("create database mail", "create user mail@'%' identified by 'ChangeMe'", "grant select on mail.* to mail@'%'",
		"create table mail.users (email varchar(100) primary key, userid varchar(50), domain varchar(50), password varchar(200), home varchar(200), uid int, gid int, disablepop3 char(1), disableimap int, allow_nets varchar(100))")
	for _, row := range []string{
		"('ann@example.org', 'ann', 'example.org', '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', '@DIR/example.org/ann', @UID, @GID, 'n', 0, null)",
		"('bob@example.org', 'bob', 'example.org', '{PLAIN}bob', '@DIR/example.org/bob', @UID, @GID, 'y', 0, null)",
		"('eve@example.org', 'eve', 'example.org', '{PLAIN}eve', '@DIR/example.org/eve', @UID, @GID, 'n', 0, '192.0.2.0/24')",
	} {
		s.Exec(o.expand("insert into mail.users values " + row))
	}
	o.mailbox("example.org/ann/Maildir")
	o.mailbox("example.org/mail-ann/other") // only this name has it
	return s
}

// dovecotSQL are configurations of Dovecot 2.3: the main file, and the file of
// queries after its connection.
var dovecotSQL = []struct{ name, conf, queries string }{
	{"vmail", "mail_location = maildir:@DIR/%d/%n/Maildir\nuserdb {\n driver = static\n args = uid=@OWNER gid=@OWNER home=@DIR/%d/%n\n}\n",
		"default_pass_scheme = MD5-CRYPT\npassword_query = SELECT email as user, password FROM users WHERE email='%u' AND disablepop3 = 'n'\n"},
	{"prefetch", "mail_location = maildir:~/Maildir\nuserdb {\n driver = prefetch\n}\nuserdb {\n driver = sql\n args = @DIR/sql.ext\n}\n",
		"default_pass_scheme = CRYPT\npassword_query = SELECT userid AS username, domain, password, home AS userdb_home, uid AS userdb_uid, gid AS userdb_gid, allow_nets \\\n" +
			"  FROM users WHERE userid = '%n' AND domain = '%d' AND `disable%Ls` = 'n'\nuser_query = SELECT home, uid, gid FROM users WHERE email = '%u'\n"},
	{"two queries and a mail column", "userdb {\n driver = sql\n args = @DIR/sql.ext\n}\nmail_location = maildir:/nonexistent/%u\n",
		"password_query = SELECT password, allow_nets FROM users WHERE email = '%n@%d' AND disablepop3 = 'n'\n" +
			"user_query = SELECT concat(home, '/home') AS home, concat('maildir:', home, '/Maildir:LAYOUT=fs') AS mail, uid, gid FROM users WHERE email = '%Lu'\n"},
	{"no name", "mail_location = maildir:@DIR/%d/%n/Maildir\nuserdb {\n driver = static\n args = uid=@OWNER gid=@OWNER home=@DIR/%d/%n\n}\n",
		"default_pass_scheme = CRYPT\npassword_query = SELECT nullif(email, email) AS user, password, allow_nets FROM users WHERE email = '%u' AND disablepop3 = 'n'\n"},
	{"another name for the mailbox", "userdb {\n driver = sql\n args = @DIR/sql.ext\n}\nmail_location = maildir:@DIR/%d/%n/other\n",
		"default_pass_scheme = CRYPT\npassword_query = SELECT password, allow_nets FROM users WHERE email = '%u' AND disablepop3 = 'n'\n" +
			"user_query = SELECT concat('mail-', userid) AS username, domain, uid, gid FROM users WHERE email = '%u'\n"},
}

func TestFromDovecotMySQL(t *testing.T) {
	o := newOld(t)
	s := hosting(t, o)
	host, port := splitAddress(t, s.Address)
	for _, test := range dovecotSQL {
		t.Run(test.name, func(t *testing.T) {
			o.t = t
			conf := o.doveconf("protocols = pop3\nssl = no\ndisable_plaintext_auth = no\npassdb {\n driver = sql\n args = @DIR/sql.ext\n}\n" + test.conf)
			ext := o.file("sql.ext", "driver = mysql\nconnect = host="+host+" port="+port+" dbname=mail user=mail password=ChangeMe\n"+test.queries)
			mysqlLogins(t, o, test.name != "vmail", "dovecot", conf, ext)
		})
	}
	t.Run("2.4", func(t *testing.T) {
		o.t = t
		conf := o.file("doveconf", "# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf\ndovecot_config_version = 2.4.1\nauth_allow_cleartext = yes\nmail_driver = maildir\n"+
			"mail_gid = @OWNER\nmail_home = @DIR/%{user | domain}/%{user | username | lower}\nmail_path = ~/Maildir\nmail_uid = @OWNER\nprotocols = pop3\nsql_driver = mysql\nssl = no\n"+
			"mysql "+host+" {\n  dbname = mail\n  password = ChangeMe\n  port = "+port+"\n  user = mail\n}\npassdb sql {\n  default_password_scheme = CRYPT\n"+
			"  query = SELECT email AS user, password, allow_nets FROM users WHERE userid = '%{user | username}' AND domain = '%{user | domain}' AND `disable%{protocol}` = 'n'\n}\n"+
			"userdb static {\n  fields {\n    gid = @OWNER\n    uid = @OWNER\n  }\n}\n")
		mysqlLogins(t, o, true, "dovecot", conf)
	})
}

// mysqlLogins starts the server with users in MySQL and logs in. With nets, the column
// allow_nets is known.
func mysqlLogins(t *testing.T, o *old, nets bool, from string, inputs ...string) {
	d := o.start(from, []string{"--user=" + o.owner.Name}, inputs...)
	logsIn(t, d, "ann@example.org", "password", "2")
	refused(t, d, "bob@example.org", "bob", "(AUTH|SYS/PERM)")
	refused(t, d, "nobody@example.org", "x", "AUTH")
	refused(t, d, "'or'1'='1", "x", "AUTH")
	if from == "dovecot" {
		logsIn(t, d, "Ann@EXAMPLE.org", "password", "2") // as with auth_username_format = %Lu
	}
	if nets {
		refused(t, d, "eve@example.org", "eve", "SYS/PERM")
	}
}

func TestFromCourierMySQL(t *testing.T) {
	o := newOld(t)
	s := hosting(t, o)
	host, port := splitAddress(t, s.Address)
	server := "MYSQL_SERVER\t" + host + "\nMYSQL_PORT\t" + port + "\nMYSQL_USERNAME\tmail\nMYSQL_PASSWORD\tChangeMe\nMYSQL_DATABASE\tmail\n"
	for name, query := range map[string]string{
		"table": "MYSQL_USER_TABLE\tusers\nMYSQL_CRYPT_PWFIELD\tpassword\nMYSQL_LOGIN_FIELD\temail\nMYSQL_AUXOPTIONS_FIELD\tCONCAT(\"disablepop3=\",if(disablepop3='y',1,0))\n",
		"select": "MYSQL_SELECT_CLAUSE SELECT CONCAT(userid, '@', domain), password, '', \\\n\tuid, gid, home \\\n FROM users WHERE userid = '$(local_part)' \\\n" +
			" AND domain = '$(domain)' AND disable$(service) = 'n'\n",
	} {
		t.Run(name, func(t *testing.T) {
			o.t = t
			pop := o.file("pop3d", fixture.Read(t, "../../pkg/config/courierconf/testdata/table/pop3d"))
			tls := o.file("pop3d-ssl", "POP3_TLS_REQUIRED=0\n")
			auth := o.file("authdaemonrc", "authmodulelist=\"authmysql\"\n")
			mysqlLogins(t, o, false, "courier", pop, tls, auth, o.file("authmysqlrc", server+query))
		})
	}
}
