package main

import (
	"fmt"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// asideColumns returns the columns of the table.
func asideColumns() []column {
	return []column{{title: "SET ASIDE", width: 19}, {title: "SIZE", width: 5, right: true}, {title: "UIDL", width: 35}, {title: "FILE", width: 36}}
}

// printAside prints the messages that are set aside.
func (o *asideOptions) printAside(j migrate.Job, all []maildir.DeletedMessage, s streams) error {
	if len(all) == 0 && !o.asJSON {
		_, err := fmt.Fprintln(s.out, "no messages are set aside")
		return err
	}
	for i, m := range all {
		if o.asJSON {
			if err := writeJSON(s.out, rowOf(j, m)); err != nil {
				return err
			}
			continue
		}
		if i == 0 {
			if err := writeTitles(s.out, asideColumns()); err != nil {
				return err
			}
		}
		if err := writeRow(s.out, asideColumns(), []string{m.Time.Format(time.DateTime), shortOctets(m.Octets), m.UIDL, m.File}); err != nil {
			return err
		}
	}
	return nil
}

// printRow prints what has become of a message.
func (o *asideOptions) printRow(row deletedRow, s streams) error {
	if o.asJSON {
		return writeJSON(s.out, row)
	}
	var notes []string
	if row.Now != "" && row.Now != row.UIDL {
		notes = []string{"its UIDL is now " + row.Now}
	}
	_, err := fmt.Fprintln(s.out, visible(reportText(row.UIDL, row.Status, row.Error, row.File, notes), ""))
	return err
}

// printBack prints what has become of messages, and returns how many stay aside.
func (o *asideOptions) printBack(j migrate.Job, done []maildir.Undeleted, s streams) (failed int, err error) {
	for _, one := range done {
		row := rowOf(j, one.DeletedMessage)
		row.Status, row.Now = "set back", one.Now
		if one.Err != nil {
			failed++
			row.Status, row.Error = "not set back", one.Err.Error()
		}
		if err := o.printRow(row, s); err != nil {
			return failed, err
		}
	}
	return failed, nil
}
