package watchdog

import (
	"errors"
	"net/textproto"
	"strings"
)

// fetch logs in as a client and reads the message of the mailbox.
func (m *mailbox) fetch(conn *textproto.Conn) error {
	if err := expectOK(conn, ""); err != nil {
		return err
	}
	for _, command := range []string{"USER " + m.account.Name, "PASS " + m.password, "RETR 1"} {
		if err := expectOK(conn, command); err != nil {
			return err
		}
	}
	got, err := conn.ReadDotBytes()
	if err != nil {
		return err
	}
	if string(got) != text {
		return errors.New("the message has changed")
	}
	return expectOK(conn, "QUIT")
}

// expectOK sends a command, unless it is "", and reads the reply.
func expectOK(conn *textproto.Conn, command string) error {
	if command != "" {
		if err := conn.PrintfLine("%s", command); err != nil {
			return err
		}
	}
	line, err := conn.ReadLine()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "+OK") {
		return errors.New(line)
	}
	return nil
}
