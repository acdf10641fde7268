package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"tpops/pkg/config"
	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// jobs returns mailboxes: that of --maildir, those of the users named, or those of all
// users. With --maildir c may be nil.
func (o *deletedOptions) jobs(ctx context.Context, c *server, users []string, s streams) ([]migrate.Job, error) {
	if o.maildir != "" {
		path, err := filepath.Abs(o.maildir)
		if err != nil {
			return nil, err
		}
		return checked([]migrate.Job{jobOf(path)})
	}
	jobs, err := jobsOfUsers(ctx, c.Config, mailboxList{o.config, maildir.DeletedDir}, users, s)
	if err != nil {
		return nil, err
	}
	return checked(jobs)
}

// checked returns the error of the first mailbox, if there is no other.
func checked(jobs []migrate.Job) ([]migrate.Job, error) {
	switch {
	case len(jobs) == 0:
		return nil, &failure{code: exitNoInput, err: errors.New("there is no such mailbox")}
	case len(jobs) == 1 && jobs[0].Err != nil:
		return nil, &failure{code: exitNoInput, err: jobs[0].Err}
	}
	return jobs, nil
}

// mailboxList selects mailboxes.
type mailboxList struct {
	config string // the file of the configuration, or empty
	mark   string // the directory by which a Maildir is found if databases cannot list their users
}

// jobsOfUsers returns the mailboxes of users: those that are named, or all.
func jobsOfUsers(ctx context.Context, c *config.Config, list mailboxList, users []string, s streams) ([]migrate.Job, error) {
	o := &importOptions{users: len(users) == 0, named: users, config: list.config}
	jobs, err := o.usersOf(ctx, c, s)
	if err == nil || len(users) > 0 || len(c.Mailbox.Roots) == 0 {
		return jobs, err
	}
	fmt.Fprintf(s.err, "the user databases cannot list all users, the Maildirs below mail-roots are used: %s\n", visible(err.Error(), "\n\t"))
	return jobsBelow(ctx, c.Mailbox.Roots, list.mark), nil
}

// maxDepth is how deep Maildirs may be below mail-roots, as in
// /var/vmail/example.com/a/ann/Maildir.
const maxDepth = 6

// jobsBelow returns the directories below roots that have a directory with the name mark, and
// those that cannot be read, with the error: there may be mailboxes in them. Symbolic links
// below roots are not followed; a root may be one, as for the server.
func jobsBelow(ctx context.Context, roots []string, mark string) (jobs []migrate.Job) {
	for _, root := range roots {
		root = strings.TrimSuffix(root, "/") + "/" // lstat(2) follows a link with a slash.
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				jobs = append(jobs, migrate.Job{Maildir: path, Err: err})
				return nil
			case !entry.IsDir():
				return nil
			case entry.Name() == mark:
				jobs = append(jobs, jobOf(filepath.Dir(path)))
				return fs.SkipDir
			case path != root && isAside(entry.Name()) || strings.Count(path[len(root):], "/") >= maxDepth:
				return fs.SkipDir
			}
			return nil
		})
	}
	return once(jobs)
}

// isAside reports whether there is no Maildir in directories with this name: they have
// messages, or are folders of one.
func isAside(name string) bool {
	return strings.HasPrefix(name, ".") || name == maildir.DeletedDir || name == "cur" || name == "new" || name == "tmp"
}
