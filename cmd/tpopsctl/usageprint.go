package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// usageColumns returns the columns of the table.
func usageColumns(last string) []column {
	return []column{
		{title: "USER", width: 17}, {title: "LAST LOGIN", width: 16}, {title: "CLIENT", width: 15}, {title: "TLS", width: 3},
		{title: "METHOD", width: 18}, {title: "PORT", width: 5, right: true}, {title: "LOGINS", width: 6, right: true},
		{title: "GOT", width: 5, right: true}, {title: last, width: 7},
	}
}

// print prints a table, and with --if how many would be locked out; or JSON.
func (o *usageOptions) print(rows []usageRow, s streams) error {
	buffered := bufio.NewWriter(s.out)
	s.out = buffered
	return errors.Join(o.printRows(rows, s), buffered.Flush())
}

func (o *usageOptions) printRows(rows []usageRow, s streams) error {
	if o.asJSON {
		for i := range rows {
			if err := writeJSON(s.out, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := o.printTable(rows, s); err != nil {
		return err
	}
	text := "no logins are recorded\n"
	switch {
	case o.change != "":
		text = fmt.Sprintf("clients that could not log in: %d, of %d users\n", len(rows), countUsers(rows))
	case len(rows) > 0 || o.user != "":
		return nil
	}
	_, err := fmt.Fprint(s.out, text)
	return err
}

func (o *usageOptions) printTable(rows []usageRow, s streams) error {
	if len(rows) == 0 {
		return nil
	}
	columns := usageColumns("MAIL")
	if o.change != "" {
		columns = usageColumns("OTHER")
	}
	if err := writeTitles(s.out, columns); err != nil {
		return err
	}
	for i := range rows {
		if err := writeRow(s.out, columns, usageCells(&rows[i])); err != nil {
			return err
		}
	}
	return nil
}

func usageCells(r *usageRow) []string {
	port := ""
	if server, err := netip.ParseAddrPort(r.Server); err == nil {
		port = strconv.Itoa(int(server.Port()))
	}
	last := r.Mail
	if r.Other != nil {
		last = map[bool]string{true: "yes", false: "no"}[*r.Other]
	}
	when := r.Last.Local().Format("2006-01-02 15:04")
	if r.ahead {
		when = "clock was ahead"
	}
	return []string{
		r.User, when, r.Address, strings.TrimPrefix(r.TLS, "TLSv"), r.Method, port,
		strconv.Itoa(r.Logins), strconv.Itoa(r.Retrieved), last,
	}
}

// countUsers returns the number of users in sorted rows.
func countUsers(rows []usageRow) (n int) {
	for i := range rows {
		if i == 0 || rows[i].User != rows[i-1].User {
			n++
		}
	}
	return n
}
