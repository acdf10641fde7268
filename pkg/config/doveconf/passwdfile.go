package doveconf

import (
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// newPasswdFile is the name for a converted passwd-file.
const newPasswdFile = "/etc/tpops/users"

// cryptSchemes are the schemes whose passwords TPOPS recognises without their names.
var cryptSchemes = []string{"CRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT", "DES-CRYPT", "BLF-CRYPT", "ARGON2I", "ARGON2ID"}

// otherSchemes are further schemes of TPOPS.
var otherSchemes = []string{
	"PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-MD5", "LDAP-MD5", "SMD5", "SHA", "SHA1", "SSHA", "SHA256", "SSHA256", "SHA512", "SSHA512", "MD5",
	"SCRAM-SHA-1", "SCRAM-SHA-256",
}

// lines is what has to be added to the lines of a passwd-file.
type lines struct {
	scheme, home, mail string
	dropOwner          bool // the owner in the lines has no effect
	forceHome          bool // the home directory in the lines has no effect
}

// fileUsers converts users in a passwd-file.
type fileUsers struct{ users }

// convert converts where the file is, and what its lines lack.
func (c fileUsers) convert(p database, userdbs []database, loc location) {
	path, scheme, ok := c.passwdFile(p)
	if !ok {
		c.noUsers()
		return
	}
	c.firstUID()
	c.d.Set(p.at, p.title(), "auth-type", "passwd-file")
	var l lines
	switch name := strings.ToUpper(scheme); {
	case slices.Contains(otherSchemes, name):
		l.scheme = name
	case scheme != "" && !slices.Contains(cryptSchemes, name):
		c.d.Refuse(p.at, p.title(), "TPOPS does not know the password scheme %.20s; passwords without a scheme in braces would not match", scheme)
	}
	c.fileUserdb(&l, path, userdbs)
	c.fileMail(&l, loc)
	for _, text := range []string{l.home, l.mail} {
		if text != "" && (strings.Contains(text, ":") || shellWord(text, "") != text) {
			c.d.Refuse(loc.at, loc.name, "the path %.60q cannot be written into a line of a passwd-file", text)
			return
		}
	}
	group := firstOf(c.d.Value("group"), c.d.Value("user"), "vmail")
	if command := l.awk(); command != "" {
		c.d.Note(p.at, p.title(), draft.ToDo, "the service must be able to read the file: make %s with owner root, group %s and mode 0640 (`install -m 0640 -g %s /dev/null %s`)",
			newPasswdFile, group, group, newPasswdFile)
		c.d.SetWith(p.at, p.title(), "passwd-file", newPasswdFile, draft.ToDo, "first make this file: "+command+" "+path+" >"+newPasswdFile)
		return
	}
	c.d.SetWith(p.at, p.title(), "passwd-file", path, draft.ToDo, "the service must be able to read the file: its group is tpops, or vmail with vmail.conf")
}

// passwdFile returns the path of the file, and the scheme of passwords without one.
func (c fileUsers) passwdFile(p database) (path, scheme string, ok bool) {
	s, hasPath := p.find("passwd_file_path")
	path, scheme = s.value, c.schemeOf(p, &section{})
	if args, ok := p.get("args"); ok && !hasPath {
		s = args
		var own string
		path, own = c.passwdFileArgs(p, args)
		scheme = firstOf(own, scheme)
	}
	if d, ok := p.get("default_fields"); ok && d.value != "" {
		c.d.Refuse(d.at, p.title()+" default_fields", "TPOPS has no fields for all lines; write them into the lines")
	}
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "%") || shellWord(path, "") != path {
		c.d.Refuse(s.at, p.title(), "TPOPS reads one passwd-file with a fixed name, not %.60q; write all users into one file, with their domains", path)
		return "", "", false
	}
	return path, scheme, true
}

// passwdFileArgs reads the arguments that 2.3 has for a passwd-file.
func (c fileUsers) passwdFileArgs(p database, args setting) (path, scheme string) {
	for word := range strings.FieldsSeq(args.value) {
		name, value, isOption := strings.Cut(word, "=")
		switch {
		case !isOption || strings.HasPrefix(word, "/"):
			path = word
		case name == "scheme":
			scheme = value
		case name == "username_format" && value == "%Lu":
			c.d.Set(args.at, p.title()+" "+name, "login-case", "lower")
		case name == "username_format" && value != "%u":
			c.d.Refuse(args.at, p.title()+" "+name, "TPOPS looks for the whole login name; write the lines with it")
		}
	}
	return path, scheme
}

// fileMail converts the mail location of users in a passwd-file.
func (c fileUsers) fileMail(l *lines, loc location) {
	home, err := parseTemplate(l.home)
	if s, ok := c.setting("mail_home"); ok && l.home == "" {
		l.home = s.value
		if home, err = parseTemplate(s.value); err == nil {
			c.d.Note(s.at, s.name, draft.Done, "kept in the lines of the passwd-file")
		}
	}
	if err != nil {
		c.d.Refuse(loc.at, "home", "%v", err)
	}
	l.home = home.String()
	if l.mail != "" {
		at := loc.at
		loc, err = parseLocation(l.mail)
		if loc.at, loc.name = at, "userdb mail"; err != nil {
			c.d.Refuse(at, loc.name, "%v", err)
			loc.isSet = false
		}
		mailboxes{c.conversion}.reportControl(at, loc.name, loc)
		l.mail = ""
	}
	if !loc.isSet {
		c.d.Stop(noLocation)
		return
	}
	if path, ok := loc.path.belowHome(); ok {
		c.d.Set(loc.at, loc.name, "maildir", path)
		return
	}
	l.mail = loc.path.String()
	c.d.Note(loc.at, loc.name, draft.Done, "kept in the lines of the passwd-file")
}

// awk returns the command that completes the lines of a passwd-file, without the
// names of the files; or "".
func (l lines) awk() string {
	var steps []string
	if l.scheme != "" {
		steps = append(steps, fmt.Sprintf(`if ($2 !~ /^[{]/) $2 = "{%s}" $2;`, l.scheme))
	}
	if l.dropOwner {
		steps = append(steps, `$3 = $4 = "";`)
	}
	if l.mail != "" {
		steps = append(steps, fmt.Sprintf(`if (!/userdb_mail/) e = e " userdb_mail=maildir:%s";`, l.mail))
	}
	if l.home != "" && l.forceHome {
		steps = append(steps, fmt.Sprintf(`$6 = ""; e = e " userdb_home=%s";`, l.home))
	} else if l.home != "" {
		steps = append(steps, fmt.Sprintf(`if ($6 == "") e = e " userdb_home=%s";`, l.home))
	}
	if len(steps) == 0 {
		return ""
	}
	return `awk -F: -v OFS=: '!/^#/ && $1 != "" { while (NF < 8) $(NF + 1) = ""; e = ""; ` + strings.Join(steps, " ") + ` $0 = $0 e } 1'`
}
