package secrets

import (
	"cmp"
	"fmt"
	"os"
	"slices"
)

// Entry is a login name and its password.
type Entry struct {
	Login, Password string
}

// Lookup returns the password of login in a cdb file, and whether there is one. A
// missing login takes as many reads as an existing one. Lookup opens the file at each
// call, which is cheap and never misses a change. Any error wraps ErrOldFormat or
// errDamaged, or is that of the system. Goroutines may call it concurrently.
func Lookup(name, login string) (password string, ok bool, err error) {
	db, err := open(name)
	if err != nil {
		return "", false, explain(name, err)
	}
	defer db.Close()
	password, ok, err = db.get(login)
	if err == nil && !ok && db.records > headerSize {
		_, _, _, err = db.record(headerSize)
	}
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", name, err)
	}
	return password, ok, nil
}

// Check reports whether the file can be read. It also returns an error if users other
// than the owner and the group can read it. Other errors are those of Lookup.
func Check(name string) error {
	db, err := open(name)
	if err != nil {
		return explain(name, err)
	}
	defer db.Close()
	info, err := db.file.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o007 != 0 {
		return fmt.Errorf("%s: mode %04o allows all users to access the passwords: run chmod o=", name, mode)
	}
	return nil
}

// List returns all entries, sorted by login. The errors are those of Lookup.
func List(name string) ([]Entry, error) {
	all, err := read(name)
	if err != nil {
		return nil, err
	}
	return sorted(all), nil
}

func sorted(all map[string]string) []Entry {
	entries := make([]Entry, 0, len(all))
	for login, password := range all {
		entries = append(entries, Entry{Login: login, Password: password})
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Login, b.Login) })
	return entries
}

// read returns all entries. If a login has several, the first one counts, as in Lookup
// and cdb(1).
func read(name string) (map[string]string, error) {
	db, err := open(name)
	if err != nil {
		return nil, explain(name, err)
	}
	defer db.Close()
	all := map[string]string{}
	err = db.each(func(login, password string) {
		if _, known := all[login]; !known {
			all[login] = password
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// explain replaces the error of opening name by one about an old DBM file, if there is
// such a file.
func explain(name string, err error) error {
	if old, dumper := oldFile(name); old != "" {
		return oldError(old, dumper)
	}
	return err
}

// exists reports whether there is a file with that name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
