package dovecot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
)

// maxLookup is the longest line that all versions of Dovecot accept on the socket
// auth-userdb, in octets.
const maxLookup = 1000

// found is what the userdb returns about a user.
type found struct {
	name   string // which may differ from the name that was looked up
	fields fields
}

// lookup asks the userdb, and returns nil if there is no such user. An error means that
// it could not be asked.
func (d *Database) lookup(ctx context.Context, name string, client *pop3.Client) (*found, error) {
	tail := "\t" + escape(name) + "\tservice=pop3" + describe(client) + "\n"
	if len(tail) > maxLookup {
		return nil, nil
	}
	answer, request, err := d.userdb.roundTrip(ctx, func(id uint32) string { return fmt.Sprintf("USER\t%d%s", id, tail) })
	if err != nil {
		return nil, err
	}
	defer request.giveUp()
	switch {
	case answer.kind == replyNotFound:
		return nil, nil
	case answer.kind == replyFail:
		return nil, fmt.Errorf("%s: the userdb of Dovecot has failed%s (see its log)", kind, quoted(fieldsOf(answer.args)))
	case answer.kind != replyUser || len(answer.args) == 0 || auth.CheckLogin(answer.args[0]) != nil:
		return nil, d.userdb.about(fmt.Errorf("%w: %s to USER", errReply, answer.kind))
	}
	return &found{name: answer.args[0], fields: fieldsOf(answer.args[1:])}, nil
}

// The fields of the userdb that move the mailbox, in a way that is not supported. They
// are the beginnings of names.
var unsupported = []string{"chroot", "mail_chroot", "namespace"}

// fill sets the account of a row, and returns why the user cannot log in.
func (d *Database) fill(row *auth.Row, passdb, userdb fields) error {
	for _, one := range userdb {
		for _, name := range unsupported {
			if strings.HasPrefix(one.name, name) && one.value != "" {
				return fmt.Errorf("the userdb field %s is not supported", one.name)
			}
		}
	}
	home := userdb.text("home")
	mail, err := d.mail(userdb, home)
	if err != nil {
		return err
	}
	if err := row.SetMaildrop(home, mail, userdb.text("uid"), userdb.text("gid")); err != nil {
		return err
	}
	if system := userdb.text("system_groups_user"); system != "" {
		if row.Account.Groups, err = d.groups(system); err != nil {
			return fmt.Errorf("groups of %q: %w", system, err)
		}
	}
	return row.Apply(append(settings(passdb), settings(userdb)...))
}

// errTwoLocations is the error of a user with a mail location of 2.3 and one of 2.4.
var errTwoLocations = errors.New("the userdb returns mail and mail_path: remove one of them")

// mail returns the path of the Maildir of the INBOX.
func (d *Database) mail(userdb fields, home string) (string, error) {
	location := auth.MailLocation{
		Mail:   userdb.text("mail"),
		Driver: userdb.text("mail_driver"),
		Inbox:  userdb.text("mail_inbox_path"),
	}
	for _, name := range []string{"mail_location", "mail_path"} {
		if text := userdb.text(name); text != "" {
			if location.Mail != "" && location.Mail != text {
				return "", errTwoLocations
			}
			location.Mail = text
		}
	}
	path, err := location.Path()
	switch {
	case err != nil:
		return "", err
	case path == "":
		return d.maildir, nil
	case strings.Contains(path, "%"):
		return "", fmt.Errorf("mail location %q has a variable that Dovecot has not replaced", path)
	}
	return belowHome(path, home)
}

// belowHome replaces a leading ~.
func belowHome(path, home string) (string, error) {
	rest, found := strings.CutPrefix(path, "~")
	switch {
	case !found:
		return path, nil
	case rest != "" && rest[0] != '/':
		return "", fmt.Errorf("mail location %q: home directories of other users are not supported", path)
	case home == "":
		return "", fmt.Errorf("mail location %q, and the userdb returns no home", path)
	}
	return home + rest, nil
}

// settings returns the restrictions of TPOPS's own in fields.
func settings(f fields) []auth.Setting {
	var all []auth.Setting
	for _, one := range f {
		if n := auth.SettingIndex(one.name); n >= 0 {
			all = append(all, auth.Setting{Index: n, Value: one.value})
		}
	}
	return all
}
