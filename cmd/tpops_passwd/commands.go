package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"tpops/pkg/auth/secrets"
)

// add writes one entry to the file.
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

// addList writes all entries of a list to the file, or none. If the list contains
// an id twice, the last line counts.
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
			return &failure{exitData, fmt.Errorf("%s: nothing was written: %w", name, err)}
		}
		if err != nil {
			return err
		}
		return put(file, entries)
	}
}

// put writes entries to the file, and replaces those with the same id.
func put(file string, entries []secrets.Entry) error {
	return edit(file, func(all map[string]string) error {
		for _, e := range entries {
			all[e.Login] = e.Password
		}
		return nil
	})
}

// remove removes one entry from the file.
func remove(login, file string) command {
	return func(*os.File, io.Writer) error {
		// Edit would create a missing file.
		if err := readable(file); err != nil {
			return err
		}
		return edit(file, func(all map[string]string) error {
			if _, ok := all[login]; !ok {
				return &failure{exitAbsent, fmt.Errorf("%s: unknown id %q", file, login)}
			}
			delete(all, login)
			return nil
		})
	}
}

// readable returns the error of reading the file, or nil. No user has the empty
// login.
func readable(file string) error {
	_, _, err := secrets.Lookup(file, "")
	return err
}

// edit calls secrets.Edit and adds exit codes to its errors.
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

// list prints all entries.
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
