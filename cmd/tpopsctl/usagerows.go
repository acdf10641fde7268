package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"tpops/pkg/usage"
)

// usageRow is a row as JSON.
type usageRow struct {
	User    string    `json:"user"`
	Last    time.Time `json:"last"`
	First   time.Time `json:"first"`
	Address string    `json:"address,omitempty"`
	Server  string    `json:"server,omitempty"`
	usage.Class
	usage.Count
	Mail  string `json:"mail,omitempty"`
	Other *bool  `json:"other,omitempty"`

	ahead bool // the last login is in the future
}

// read returns the selected rows, sorted by user, the last login first, and how many parts
// of the file are damaged.
func (o *usageOptions) read(name string, start, now time.Time, locks lockOut) (rows []usageRow, damaged int, err error) {
	r, err := usage.OpenReader(name, now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: the daemon creates it when it starts with this usage-file", err)
	}
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	others := map[string]bool{}
	for c := range r.Clients() {
		switch {
		case !o.selects(&c, start):
		case locks != nil && !locks(&c):
			others[c.User] = true
		default:
			rows = append(rows, rowOfClient(&c, start, now))
		}
	}
	for i := range rows {
		if other := others[rows[i].User]; locks != nil {
			rows[i].Other = &other
		}
	}
	slices.SortFunc(rows, compareUsage)
	return rows, r.Damaged(), r.Err()
}

// compareUsage has the last login of a user first.
func compareUsage(a, b usageRow) int {
	return cmp.Or(strings.Compare(a.User, b.User), b.Last.Compare(a.Last), strings.Compare(a.Method, b.Method))
}

// selects reports whether the options select a record.
func (o *usageOptions) selects(c *usage.Client, start time.Time) bool {
	return (o.user == "" || c.User == o.user) && !c.Last.Before(start)
}

func rowOfClient(c *usage.Client, start, now time.Time) usageRow {
	row := usageRow{ahead: c.Last.After(now), User: c.User, Last: c.Last.UTC(), First: c.First.UTC(), Class: c.Class, Count: c.Since(start)}
	if c.Client.IsValid() {
		row.Address = c.Client.Addr().String()
	}
	if c.Server.IsValid() {
		row.Server = c.Server.String()
	}
	switch {
	case row.Deleted > 0:
		row.Mail = "deletes"
	case row.Retrieved > 0:
		row.Mail = "leaves"
	}
	return row
}
