package system

import (
	"context"
	"maps"
	"slices"
)

// Logins returns the login names of all entries of passwd, in order, also of those
// that cannot log in. The error is that the file cannot be read.
func (p *Passwd) Logins(context.Context) ([]string, error) {
	users, err := p.users.get()
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(users.rows)), nil
}
