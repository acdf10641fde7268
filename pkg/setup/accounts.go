package setup

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// DefaultMailRoot returns the directory of mail for a kind of users: for users of the
// system the directories that have their home directories.
func (m *Machine) DefaultMailRoot(users string) string {
	if users != UsersSystem {
		return "/var/vmail"
	}
	roots := []string{"/home"}
	m.account(func(f []string) bool {
		uid, err := strconv.Atoi(f[2])
		root := path.Dir(f[5])
		isPerson := err == nil && uid >= firstPerson && uid <= lastPerson && root != "/" && CheckPath(root) == nil
		if isPerson && !strings.HasPrefix(root+"/", "/home/") && !slices.Contains(roots, root) && m.isPrivate(root) {
			roots = append(roots, root)
		}
		return false
	})
	return strings.Join(roots, ",")
}

// isPrivate reports whether a directory exists and not every user can write to it.
func (m *Machine) isPrivate(name string) bool {
	info, err := os.Stat(filepath.Join(m.Root, name))
	return err == nil && info.IsDir() && info.Mode()&0o002 == 0
}

// The user ids of people, as useradd gives them.
const (
	firstPerson = 1000
	lastPerson  = 59999
)

// firstOf returns the first element of a list with commas.
func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return first
}

// account returns the fields of the first user of the system that matches.
func (m *Machine) account(match func(fields []string) bool) (fields []string, ok bool) {
	text, _ := m.read("/etc/passwd")
	for line := range strings.Lines(text) {
		fields = strings.Split(strings.TrimSpace(line), ":")
		if len(fields) == 7 && match(fields) {
			return fields, true
		}
	}
	return nil, false
}

// user returns the fields of a user of the system in /etc/passwd.
func (m *Machine) user(name string) (fields []string, ok bool) {
	return m.account(func(f []string) bool { return f[0] == name })
}

// hasPassword reports whether a user of the system has had a password: useradd leaves an
// account with "!" alone.
func (m *Machine) hasPassword(name string) bool {
	text, _ := m.read("/etc/shadow")
	for line := range strings.Lines(text) {
		if fields := strings.Split(line, ":"); fields[0] == name && len(fields) > 2 {
			return fields[1] != "!" && fields[1] != "!!"
		}
	}
	_, exists := m.user(name)
	return exists // Its password is elsewhere.
}

// hasGroup reports whether a file belongs to the group of a user.
func (m *Machine) hasGroup(file, user string) bool {
	info, err := os.Stat(filepath.Join(m.Root, file))
	fields, ok := m.user(user)
	return err == nil && ok && fields[3] == strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Gid))
}

// groupCommand returns the command that gives a file the group that it has now, "" without
// the file.
func (m *Machine) groupCommand(file string) string {
	info, err := os.Stat(filepath.Join(m.Root, file))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("chgrp %d %s", info.Sys().(*syscall.Stat_t).Gid, Quote(filepath.Join(m.Root, file)))
}

// owner returns the user that owns the mail of virtual users: the owner of its first
// directory, or vmail.
func (m *Machine) owner(mailRoots string) string {
	info, err := os.Stat(filepath.Join(m.Root, firstOf(mailRoots)))
	if err != nil {
		return "vmail"
	}
	uid := strconv.Itoa(int(info.Sys().(*syscall.Stat_t).Uid))
	f, ok := m.account(func(f []string) bool { return f[2] == uid && uid != "0" })
	if !ok || !patterns.login.MatchString(f[0]) {
		return "vmail"
	}
	return f[0]
}
