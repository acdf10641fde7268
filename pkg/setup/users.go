package setup

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	gomysql "github.com/go-sql-driver/mysql"

	"tpops/pkg/scram"
)

// planOwner plans the user that owns the mail of virtual users, and its directories.
func (p *Plan) planOwner() error {
	c, m := p.choice, p.machine
	if c.Users == UsersSystem {
		p.planRotation("tpops") // An earlier choice may have named another user.
		return nil
	}
	owner := m.owner(c.MailRoot)
	if _, ok := m.user(owner); !ok {
		p.run("create the system user "+owner+", which owns the mail", "", "useradd", "--system", "--user-group",
			"--home-dir", firstOf(c.MailRoot), "--shell", "/usr/sbin/nologin", owner)
		p.keep("user " + owner)
	}
	roots := slices.Sorted(strings.SplitSeq(c.MailRoot, ",")) // One may be the parent of another.
	for _, root := range slices.Compact(roots) {
		if !m.exists(root) {
			p.run("create "+root+" for "+owner, "", "sh", "-c", makeRoot, owner, root)
			p.keep(root)
		}
	}
	p.planRotation(owner)
	if c.Users == UsersFile {
		return p.planUsersFile(owner)
	}
	return nil
}

// makeRoot makes a directory for an owner. The owner must be able to pass through the
// directories above it that are missing, whatever the umask of root is. If another user
// has put a link there since the plan was made, it fails and nothing changes where the
// link leads; install -d and mkdir -p would follow it.
const makeRoot = `umask 022 && mkdir -p -- "$(dirname -- "$1")" && mkdir -m 0700 -- "$1" && chown -h -- "$0:" "$1"`

// planUsersFile plans the file of users, which the service can read.
func (p *Plan) planUsersFile(owner string) error {
	text, err := p.machine.read(usersPath)
	if err != nil {
		return err
	}
	line, err := p.userLine(text)
	if err != nil {
		return err
	}
	if !p.machine.exists(usersPath) && line == "" {
		line = "# login:password:uid:gid:gecos:home:extra, see tpops-users(7)\n"
	}
	if text+line != "" {
		p.file(usersPath, text+line, modeUsers)
	}
	if !p.machine.hasGroup(usersPath, owner) {
		p.run("let the group "+owner+" read "+usersPath, "", "chgrp", owner, usersPath)
		p.Steps[len(p.Steps)-1].undo = p.machine.groupCommand(usersPath)
	}
	return nil
}

// userLine returns the line of the first user for the file of users, after the text
// that the file has. It is empty if there is no first user, or if the file has the user.
func (p *Plan) userLine(text string) (string, error) {
	u := p.choice.First
	if u.Login == "" {
		return "", nil
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, u.Login+":") {
			p.Notes = append(p.Notes, usersPath+" has "+u.Login+": its line stays as it is")
			return "", nil
		}
	}
	keys, err := hash(u.Password)
	if err != nil {
		return "", err
	}
	line := u.Login + ":" + keys + ":::::userdb_mail=maildir:" + p.virtualMaildir() + "\n"
	if text != "" && !strings.HasSuffix(text, "\n") {
		line = "\n" + line
	}
	return line, nil
}

// hash returns keys for a password, which do not show it.
func hash(password string) (string, error) {
	keys, err := scram.Make(scram.SHA256, password, scram.MinIterations)
	if err != nil {
		return "", fmt.Errorf("keys for the password: %w", err)
	}
	return "{SCRAM-SHA-256}" + keys.Text(), nil
}

// virtualMaildir returns the Maildir of a first user that is virtual.
func (p *Plan) virtualMaildir() string {
	return path.Join(firstOf(p.choice.MailRoot), p.choice.First.Login)
}

// planFirst plans the first user's row or account, and the mailbox.
func (p *Plan) planFirst(ctx context.Context) error {
	u := p.choice.First
	switch {
	case u.Login == "":
		return nil
	case p.choice.Users == UsersSystem:
		return p.planSystemUser()
	case p.choice.Users == UsersMySQL:
		if p.machine.given["mysql-auth-query"] != "" {
			return errors.New("mysql-auth-query is set: add users to your own table, without a first user here")
		}
		admin, err := p.machine.admin(ctx, p.choice.MySQL)
		if err != nil {
			return fmt.Errorf("a first user: root of the database: %w\nadd the row yourself, and run setup without a first user", err)
		}
		_ = admin.Close()
		p.call("database: add the user "+u.Login+" unless it exists", p.insertUser)
		p.keep("row of " + u.Login)
	}
	p.planMaildir(p.machine.owner(p.choice.MailRoot), p.virtualMaildir())
	return nil
}

// planSystemUser plans an account of the system. The password of an existing one stays.
func (p *Plan) planSystemUser() error {
	u := p.choice.First
	home := path.Join(firstOf(p.choice.MailRoot), u.Login)
	if fields, ok := p.machine.user(u.Login); ok {
		home = fields[5]
		if uid, err := strconv.Atoi(fields[2]); err != nil || uid < firstPerson {
			return fmt.Errorf("%s is an account of the system, not of a person: give another login name", u.Login)
		}
	} else {
		p.run("create the system user "+u.Login, "", "useradd", "--create-home", "--user-group", "--home-dir", home, u.Login)
		p.keep("user " + u.Login)
	}
	if p.machine.hasPassword(u.Login) {
		p.Notes = append(p.Notes, "the system has the user "+u.Login+": its password stays as it is")
	} else {
		p.run("set the password of "+u.Login, u.Login+":"+u.Password+"\n", "chpasswd")
	}
	p.planMaildir(u.Login, path.Join(home, "Maildir"))
	return nil
}

// planMaildir plans an empty mailbox. The owner itself makes it: root would follow
// symbolic links of that user.
func (p *Plan) planMaildir(owner, maildir string) {
	if p.machine.exists(maildir + "/tmp") { // It is made last.
		return
	}
	p.run("create the mailbox "+maildir, "", "runuser", "-u", owner, "--", "mkdir", "-p", "-m", "0700", "--",
		maildir, maildir+"/new", maildir+"/cur", maildir+"/tmp")
	p.keep(maildir)
}

// errDuplicate is ER_DUP_ENTRY.
const errDuplicate = 1062

// insertUser adds the row of the first user. An existing row stays.
func (p *Plan) insertUser(ctx context.Context) error {
	u := p.choice.First
	keys, err := hash(u.Password)
	if err != nil {
		return err
	}
	address := u.Login
	if !strings.Contains(address, "@") {
		address += "@" + p.machine.Hostname
	}
	err = p.asAdmin(ctx, []string{"use `" + p.choice.MySQL.DB + "`", "insert into user (login, passwd, mail, maildir) values (?, ?, ?, ?)"},
		u.Login, keys, address, p.virtualMaildir())
	var known *gomysql.MySQLError
	if errors.As(err, &known) && known.Number == errDuplicate {
		return nil
	}
	return err
}
