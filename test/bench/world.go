package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	password    = "secret"
	bigUser     = "big" // has bigCount messages
	bigCount    = 100_000
	largeUser   = "large" // has one message of largeOctets
	largeOctets = 100 << 20

	// The owner of the mailboxes: nobody and nogroup of Debian.
	mailID = 65534
)

// userName returns the name of one of idle users, with ten messages each.
func userName(i int) string { return fmt.Sprintf("user%d", i) }

// world is what both servers are given.
type world struct {
	users string // the passwd-file, which both read
}

// makeWorld makes the mailboxes and the passwd-file below dir.
func makeWorld(dir string) (*world, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	mail := filepath.Join(dir, "mail")
	var users strings.Builder
	add := func(user string, count int, message []byte) error {
		fmt.Fprintf(&users, "%s:{PLAIN}%s:%d:%d::%s/%s:userdb_mail=maildir:%s/%s/Maildir\n",
			user, password, mailID, mailID, mail, user, mail, user)
		return makeMaildir(filepath.Join(mail, user, "Maildir"), count, message)
	}
	small := []byte("From: ann@example.org\nSubject: hello\n\n" + strings.Repeat("some text\n", 20))
	large := []byte("Subject: large\n\n" + strings.Repeat(strings.Repeat("A", 76)+"\n", largeOctets/77+1))
	for i := range idle {
		if err := add(userName(i), 10, small); err != nil {
			return nil, err
		}
	}
	if err := add(bigUser, bigCount, small); err != nil {
		return nil, err
	}
	if err := add(largeUser, 1, large); err != nil {
		return nil, err
	}
	w := &world{filepath.Join(dir, "users")}
	if err := os.WriteFile(w.users, []byte(users.String()), 0o644); err != nil {
		return nil, err
	}
	return w, chownAll(mail)
}

func makeMaildir(dir string, count int, message []byte) error {
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for i := range count {
		name := fmt.Sprintf("%d.M%dP1.host.example,S=%d:2,S", 1700000000+i, i, len(message))
		if err := os.WriteFile(filepath.Join(dir, "cur", name), message, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// chownAll gives everything below dir to the owner of the mailboxes, if it
// can: as another user than root, the mailboxes stay that user's.
func chownAll(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, mailID, mailID)
	})
}
