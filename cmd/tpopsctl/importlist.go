package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// list returns the mailboxes that the options name, and mail-roots.
func (o *importOptions) list(ctx context.Context, operands []string, s streams) (jobs []migrate.Job, roots []string, err error) {
	switch {
	case o.accounts != "":
		jobs, err = readAccounts(o.accounts, s)
		return jobs, nil, err
	case o.users || o.logins != "":
		return o.ofUsers(ctx, s)
	}
	jobs, err = jobsOf(operands, s)
	return jobs, nil, err
}

// jobsOf returns the jobs of the Maildirs that are named as operands.
func jobsOf(operands []string, s streams) (jobs []migrate.Job, err error) {
	var paths []string
	for _, operand := range operands {
		if operand != "-" {
			paths = append(paths, operand)
			continue
		}
		read, err := readLines(s.in, "standard input")
		if err != nil {
			return nil, err
		}
		paths = append(paths, read...)
	}
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, jobOf(absolute))
	}
	return once(jobs), nil
}

// jobOf returns the job of a Maildir, with the rights of its owner.
func jobOf(path string) migrate.Job {
	owner, err := maildir.OwnerOf(path)
	return migrate.Job{Maildir: path, Owner: owner, Err: err}
}

// once leaves out the mailboxes that were there before.
func once(jobs []migrate.Job) []migrate.Job {
	seen := map[string]bool{}
	kept := jobs[:0]
	for _, j := range jobs {
		if !seen[j.Maildir] {
			kept = append(kept, j)
		}
		seen[j.Maildir] = true
	}
	return kept
}

// readLines returns the lines of a text that are not blank.
func readLines(r io.Reader, name string) ([]string, error) {
	var all []string
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimSuffix(lines.Text(), "\r"); strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, &failure{code: exitNoInput, err: fmt.Errorf("%s: %w", name, err)}
	}
	return all, nil
}

// readFile is readLines of a file, or of standard input for -.
func readFile(name string, s streams) ([]string, error) {
	if name == "-" {
		return readLines(s.in, "standard input")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, &failure{code: exitNoInput, err: err}
	}
	defer file.Close()
	return readLines(file, name)
}

// readAccounts returns the mailboxes of a file for --from pop3.
func readAccounts(name string, s streams) ([]migrate.Job, error) {
	lines, err := readFile(name, s)
	if err != nil {
		return nil, err
	}
	var jobs []migrate.Job
	for i, line := range lines {
		fields := strings.SplitN(line, "\t", 3)
		if len(fields) < 3 || !filepath.IsAbs(fields[0]) || fields[1] == "" {
			return nil, &failure{code: exitData, err: fmt.Errorf("%s: entry %d is not an absolute path, a login name and a password, separated by tabs", name, i+1)}
		}
		j := jobOf(fields[0])
		j.Login, j.Secret = fields[1], fields[2]
		jobs = append(jobs, j)
	}
	return once(jobs), nil
}
