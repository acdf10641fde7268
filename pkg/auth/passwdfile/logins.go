package passwdfile

import "context"

// Logins returns the login names of all rows, in order. The error is that of ctx.
func (f *File) Logins(ctx context.Context) ([]string, error) {
	rows, err := f.current(ctx)
	if err != nil {
		return nil, err
	}
	return rows.image.logins(), nil
}

// logins returns copies of all login names, in order.
func (i *image) logins() []string {
	defer i.hold()()
	if i.index == nil {
		return nil
	}
	all := make([]string, i.rows())
	for place := range all {
		row, _ := i.at(place)
		all[place] = string(loginOf(row))
	}
	return all
}
