package doveconf

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/config/draft"
	"tpops/pkg/config/sqltext"
)

// column returns the SQL for a column of the mailbox; or "".
func (q *joiner) column(name string) string {
	if q.prefix != "" && has(q.p, q.prefix+name) {
		return "p." + q.prefix + name
	}
	if has(q.u, name) {
		return "u." + name
	}
	return ""
}

// mailPath returns the SQL for the Maildir whose path is in a column.
func (q *joiner) mailPath(path string) (string, error) {
	if strings.HasSuffix(q.loc.name, "mail_inbox_path") {
		return "", errors.New("mail_inbox_path names the mailbox, and a column mail_path too: leave out one of them")
	}
	if driver := q.column("mail_driver"); driver != "" {
		return fmt.Sprintf("if(%s = 'maildir', %s, '')", driver, relative(path)), nil
	}
	return relative(path), nil
}

// mailbox returns the SQL for the Maildir, and for the home directory; that is "" if
// it is not needed.
func (q *joiner) mailbox(login string) (mail, home string, err error) {
	name := renamed(login, q.column)
	home, err = q.home(name)
	if err != nil {
		return "", "", err
	}
	if mail = q.column("mail"); mail != "" {
		return mailLocation(mail), home, nil
	}
	if path := q.column("mail_path"); path != "" {
		mail, err = q.mailPath(path)
		return mail, home, err
	}
	loc := q.loc
	if text := q.static["mail"]; text != "" {
		if loc, err = parseLocation(text); err != nil {
			return "", "", err
		}
		mailboxes{q.conversion}.reportControl(q.at.at, "userdb mail", loc)
	}
	if !loc.isSet {
		return "", "", errors.New("the location of the mailboxes cannot be converted")
	}
	q.d.Note(q.loc.at, q.loc.name, draft.Done, "kept in mysql-auth-query")
	if path, ok := loc.path.belowHome(); ok {
		if home == "" {
			return "", "", errors.New("the users have no home directory")
		}
		return sqltext.Quote(path), home, nil
	}
	mail, err = expandSQL(loc.path, name, home)
	return mail, "", err
}

// home returns the SQL for the home directory of a user; or "" if there is none.
func (q *joiner) home(name string) (string, error) {
	if home := q.column("home"); home != "" {
		q.unused("mail_home", "the query returns the home directory")
		return home, nil
	}
	text := q.static["home"]
	if s, ok := q.setting("mail_home"); ok && text == "" {
		text = s.value
		q.d.Note(s.at, s.name, draft.Done, "kept in mysql-auth-query")
	}
	if text == "" {
		return "", nil
	}
	t, err := parseTemplate(text)
	if err != nil {
		return "", err
	}
	return expandSQL(t, name, "")
}

// mailLocation returns SQL that reads a mail location. A location that is no Maildir,
// or has an INBOX elsewhere or variables, becomes an empty text, and the login is
// refused. The INBOX is elsewhere with INBOX=, DIRNAME=, and most layouts; see checkLayout.
func mailLocation(column string) string {
	path := fmt.Sprintf("substring_index(substring(%s, 9), ':', 1)", column)
	usual := fmt.Sprintf("replace(replace(concat(%s, ':'), ':LAYOUT=fs:', ':'), ':LAYOUT=maildir++:', ':')", column)
	here := fmt.Sprintf("locate(':INBOX=', %s) = 0 and locate(':DIRNAME=', %s) = 0 and locate(':LAYOUT=', %s) = 0", column, column, usual)
	// There is no rlike: in MySQL 8 that fails for a column of octets.
	return fmt.Sprintf("if(%s like 'maildir:_%%%%' and %s, %s, '')", column, here, relative(path))
}

// relative returns SQL that removes ~/ from the beginning of a path. A path with
// variables, or ~ alone, becomes an empty text.
func relative(path string) string {
	return fmt.Sprintf("if(locate('%%%%', %s) > 0 or %s = '~', '', trim(leading '~/' from %s))", path, path, path)
}

// expandSQL returns SQL for a template. Variables are parts of the login name that
// the whole query returns.
func expandSQL(t template, login, home string) (string, error) {
	var parts []string
	for _, p := range t {
		var one string
		switch p.variable {
		case 0:
			one = sqltext.Quote(p.text)
		case varUser:
			one = login
		case varLocal:
			one = "substring_index(" + login + ", '@', 1)"
		case varDomain:
			one = "if(locate('@', " + login + ") > 0, substring_index(" + login + ", '@', -1), '')"
		case varHome:
			if one = home; home == "" {
				return "", errors.New("the users have no home directory")
			}
		}
		if p.lower {
			one = "lower(" + one + ")"
		}
		parts = append(parts, one)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return "concat(" + strings.Join(parts, ", ") + ")", nil
}

// quotedName is a literal that is the name of a user or group.
var quotedName = regexp.MustCompile(`^['"]([A-Za-z_][A-Za-z0-9_-]*)['"]$`)

// owners returns the columns of the owner of the mailbox.
func (q *joiner) owners() []string {
	ids := []string{q.column("uid"), q.column("gid")}
	names := map[string]string{"uid": q.quotedName("uid"), "gid": q.quotedName("gid")}
	if names["uid"] != "" && names["gid"] != "" || ids[0]+ids[1] == "" {
		if q.static == nil {
			q.owner(names, q.at)
		}
		return nil
	}
	for i, global := range []string{"mail_uid", "mail_gid"} {
		s, _ := q.setting(global)
		_, err := strconv.Atoi(s.value)
		switch {
		case ids[i] != "":
			q.unused(global, "the query returns it")
		case err != nil:
			q.d.Refuse(q.at.at, "uid, gid", "the query returns one of them without the other, which is no number; return both")
			return nil
		default:
			ids[i] = s.value
			q.d.Note(s.at, s.name, draft.Done, "kept in mysql-auth-query")
		}
	}
	q.d.Note(q.at.at, "uid, gid", draft.ToDo, "kept in mysql-auth-query; the service has to run as this user, as in vmail.conf")
	return []string{ids[0] + " as uid", ids[1] + " as gid"}
}

// quotedName returns the name of a user or group that a column always has; or "".
func (q *joiner) quotedName(name string) string {
	for _, c := range slices.Concat(q.p, q.u) {
		if m := quotedName.FindStringSubmatch(c.expression); m != nil && (c.name == name || c.name == q.prefix+name) {
			return m[1]
		}
	}
	return ""
}
