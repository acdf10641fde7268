package main

import (
	"errors"
	"io/fs"
	"os"
)

// deniedNotes returns what to do about an error that root would not have, nil for others.
func deniedNotes(err error, uid int) []string {
	if uid == 0 || !errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return []string{"run the command as root"}
}

// failedText returns the line of a mailbox that could not be used.
func failedText(name string, err error) string {
	return reportText(name, "failed", err.Error(), "", deniedNotes(err, os.Geteuid()))
}
