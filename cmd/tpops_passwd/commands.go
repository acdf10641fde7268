package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"tpops/pkg/auth/secrets"
)

// add puts one entry into the file.
func add(file, login, password string) command {
	return func(stdin *os.File, _ io.Writer) error {
		if password == "-" {
			var err error
			if password, err = readPassword(stdin); err != nil {
				return &failure{exitNoInput, fmt.Errorf("read the password: %w", err)}
			}
		}
		entry := secrets.Entry{Login: login, Password: password}
		if err := entry.Valid(); err != nil {
			return &failure{exitUsage, err}
		}
		return put(file, []secrets.Entry{entry})
	}
}

// addList puts all entries of a list into the file, in one go; if the list has
// an id twice, the later line counts.
func addList(name, file string) command {
	return func(stdin *os.File, _ io.Writer) error {
		input := stdin
		if name != "-" {
			var err error
			if input, err = os.Open(name); err != nil {
				return err
			}
			defer input.Close()
		}
		entries, err := secrets.ReadList(input)
		var wrong *secrets.LineError
		if errors.As(err, &wrong) {
			return &failure{exitData, fmt.Errorf("%s: %w; nothing was written", name, err)}
		}
		if err != nil {
			return err
		}
		return put(file, entries)
	}
}

func put(file string, entries []secrets.Entry) error {
	return edit(file, func(all map[string]string) error {
		for _, e := range entries {
			all[e.Login] = e.Password
		}
		return nil
	})
}

// remove takes one entry out of the file.
func remove(login, file string) command {
	return func(*os.File, io.Writer) error {
		// Edit would take a file that is not there for an empty one, and make it.
		if err := readable(file); err != nil {
			return err
		}
		return edit(file, func(all map[string]string) error {
			if _, ok := all[login]; !ok {
				return &failure{exitAbsent, fmt.Errorf("%s: no such id: %q", file, login)}
			}
			delete(all, login)
			return nil
		})
	}
}

// readable looks up a login that is nobody's, for the error of doing so.
func readable(file string) error {
	_, _, err := secrets.Lookup(file, "")
	return err
}

// edit is secrets.Edit with exit codes.
func edit(file string, change func(all map[string]string) error) error {
	err := secrets.Edit(file, change)
	var write *secrets.WriteError
	switch {
	case errors.As(err, &write):
		return &failure{exitCantCreate, err}
	case errors.Is(err, secrets.ErrBusy):
		return &failure{exitTemporary, err}
	}
	return err
}

// list writes all entries.
func list(file string) command {
	return func(_ *os.File, stdout io.Writer) error {
		entries, err := secrets.List(file)
		if err != nil {
			return err
		}
		if err := secrets.WriteList(stdout, entries); err != nil {
			return &failure{exitData, err}
		}
		return nil
	}
}
