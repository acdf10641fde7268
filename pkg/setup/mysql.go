package setup

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
)

// MySQL is a database of users.
type MySQL struct {
	Server   string // path of a socket, host, or host:port
	User, DB string
	Password string // empty: the configured one, or a new one
	inConfig bool   // the configuration has the password, and keeps it
}

// databaseTimeout is how long the server may take.
const databaseTimeout = 5 * time.Second

// createTable is the table in tpops_auth-mysql.sql.
const createTable = `create table if not exists user (
  uid int unsigned not null auto_increment,
  login varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
  passwd varchar(255) not null,
  mail varchar(255) not null,
  maildir varchar(1024) not null,
  quota bigint unsigned,
  primary key (uid),
  unique key (login),
  unique key (mail)
) engine = InnoDB default character set utf8mb4`

// Check returns what is wrong with the names, or nil.
func (o MySQL) Check() error {
	switch {
	case len(o.Server) > 255 || !patterns.host.MatchString(o.Server):
		return fmt.Errorf("database server %q: must be the path of a socket, host, or host:port", o.Server)
	case !patterns.word.MatchString(o.User) || !patterns.word.MatchString(o.DB):
		return fmt.Errorf("user %q and database %q of the database server: must be letters, digits and _", o.User, o.DB)
	case strings.ContainsAny(o.Password, "\x00\r\n") || len(o.Password) > maxPassword:
		return errors.New("the password of the database has a line end or NUL, or is too long")
	}
	return nil
}

// mysql returns the configured database, or the usual one.
func (m *Machine) mysql() MySQL {
	o := MySQL{Server: databaseSockets[0], User: "tpops", DB: "mail"}
	if m.Database != "" {
		o.Server = m.Database
	}
	for name, value := range map[string]*string{"mysql-server": &o.Server, "mysql-user": &o.User, "mysql-db": &o.DB} {
		if v := m.given[name]; v != "" {
			*value = v
		}
	}
	return o
}

// openDatabase connects as a user.
func (m *Machine) openDatabase(ctx context.Context, o MySQL, user, password, db string) (*sql.DB, error) {
	c := gomysql.NewConfig()
	c.User, c.Passwd, c.DBName, c.Net, c.Addr = user, password, db, "tcp", o.Server
	c.Timeout, c.ReadTimeout, c.WriteTimeout, c.Logger = databaseTimeout, databaseTimeout, databaseTimeout, &gomysql.NopLogger{}
	if path.IsAbs(o.Server) {
		c.Net, c.Addr = "unix", path.Join(m.Root, o.Server)
	} else if _, _, err := net.SplitHostPort(o.Server); err != nil {
		c.Addr = net.JoinHostPort(strings.Trim(o.Server, "[]"), "3306")
	}
	connector, err := gomysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	database := sql.OpenDB(connector)
	database.SetMaxOpenConns(1)
	if err := database.PingContext(ctx); err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return database, nil
}

// admin connects as root of the database, which only works on this machine.
func (m *Machine) admin(ctx context.Context, o MySQL) (*sql.DB, error) {
	if !path.IsAbs(o.Server) {
		return nil, errors.New("the database is on another machine")
	}
	return m.openDatabase(ctx, o, "root", "", "")
}

// planDatabase finds out whether the service can read the database, and otherwise plans
// to create it. It completes the password.
func (p *Plan) planDatabase(ctx context.Context) error {
	o := &p.choice.MySQL
	if err := p.machine.findPassword(o); err != nil {
		return err
	}
	database, err := p.machine.openDatabase(ctx, *o, o.User, o.Password, o.DB)
	if err == nil {
		p.planPassword()
		return database.Close()
	}
	admin, adminErr := p.machine.admin(ctx, *o)
	if adminErr != nil {
		return fmt.Errorf("database %s at %s: %w\nroot of the database: %w\ncreate database, user and table as README shows, and give the password of %s", o.DB, o.Server, err, adminErr, o.User)
	}
	defer admin.Close()
	var exists int
	err = admin.QueryRowContext(ctx, "select count(*) from mysql.user where user = ?", o.User).Scan(&exists)
	if err != nil {
		return fmt.Errorf("root of the database: %w", err)
	}
	if exists > 0 && !p.opens(ctx, *o) {
		return fmt.Errorf("the database has the user %s, and its password is not known: give its password, or another user", o.User)
	}
	if o.Password == "" {
		o.Password = rand.Text()
	}
	p.planPassword()
	p.call(fmt.Sprintf("database: create %s, its table user, and the user %s, who may read the table", o.DB, o.User), p.createDatabase)
	p.keep("database " + o.DB)
	return nil
}

// opens reports whether user and password open a server, if not the database.
func (p *Plan) opens(ctx context.Context, o MySQL) bool {
	database, err := p.machine.openDatabase(ctx, o, o.User, o.Password, "")
	return err == nil && database.Close() == nil
}

// findPassword completes the password with the configured one.
func (m *Machine) findPassword(o *MySQL) error {
	if o.Password != "" {
		return nil
	}
	name := passwordPath
	if o.Password = m.given["mysql-passwd"]; o.Password != "" {
		o.inConfig = true
		return nil
	}
	if file := m.given["mysql-passwd-file"]; file != "" {
		name, o.inConfig = file, true
	}
	text, err := m.read(name)
	o.Password = strings.TrimSuffix(text, "\n")
	return err
}

// planPassword plans the file of the password, unless the configuration has it.
func (p *Plan) planPassword() {
	if o := p.choice.MySQL; !o.inConfig {
		p.file(passwordPath, o.Password+"\n", modeSecret)
	}
}

// createDatabase carries out what planDatabase has planned. The names have only letters,
// digits and _.
func (p *Plan) createDatabase(ctx context.Context) error {
	o := p.choice.MySQL
	return p.asAdmin(ctx, []string{
		"set sql_mode = ''", // so that a backslash is an escape
		"create database if not exists `" + o.DB + "`",
		"use `" + o.DB + "`",
		createTable,
		"create user if not exists '" + o.User + "'@'localhost' identified by '" + escapeSQL(o.Password) + "'",
		"grant select (login, passwd, maildir) on `" + o.DB + "`.user to '" + o.User + "'@'localhost'",
	})
}

// asAdmin executes statements as root of the database. An error contains no statement.
func (p *Plan) asAdmin(ctx context.Context, statements []string, values ...any) error {
	admin, err := p.machine.admin(ctx, p.choice.MySQL)
	if err != nil {
		return err
	}
	defer admin.Close()
	for i, statement := range statements {
		if i < len(statements)-1 {
			_, err = admin.ExecContext(ctx, statement)
		} else {
			_, err = admin.ExecContext(ctx, statement, values...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// escapeSQL returns text for a literal in single quotes.
func escapeSQL(text string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text)
}
