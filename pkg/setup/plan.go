package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tpops/pkg/config/draft"
)

// Modes of files. Other users may not read a secret.
const (
	modePublic  = 0o644
	modeUsers   = 0o640
	modeSecret  = 0o600
	modeProgram = 0o755
)

// Plan has the steps that make a choice true. Goroutines must not share one.
type Plan struct {
	Steps []Step
	Notes []string // for the operator, such as what remains to be done

	machine *Machine
	choice  *Choice
	undo    []string // commands, the last change first
	kept    []string // what undo does not remove
	closed  bool     // Start has closed the port for TLS
}

// Step is one change. It has a file, a command, or a function.
type Step struct {
	About string
	File  *File // or nil

	args  []string
	stdin string
	undo  string // the command that takes args back, or empty
	do    func(ctx context.Context) error
}

// Command returns the command of the step as a line for a shell, or "". What it reads
// from standard input may be a password, and is not shown.
func (s *Step) Command() string {
	words := make([]string, len(s.args))
	for i, word := range s.args {
		words[i] = Quote(word)
	}
	return strings.Join(words, " ")
}

// File is a file that a step writes, or removes if Remove is true.
type File struct {
	Path         string
	Mode         os.FileMode
	Before       string
	After        string
	Exists       bool
	Remove       bool
	IsSecret     bool // the content must not be shown
	backup, real string
}

// Make plans a choice. Nothing changes but that databases are asked. An error means that
// the choice is not possible, and why.
func Make(ctx context.Context, m *Machine, c *Choice) (*Plan, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	p := &Plan{machine: m, choice: c}
	if err := p.checkCertificate(); err != nil {
		return nil, err
	}
	if err := p.planOwner(); err != nil {
		return nil, err
	}
	if c.Users == UsersMySQL {
		if err := p.planDatabase(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.planConfig(); err != nil {
		return nil, err
	}
	if err := p.planFirst(ctx); err != nil {
		return nil, err
	}
	if m.IsSystemd {
		p.planUnits(ctx)
	}
	if !p.HasTLS() {
		p.Notes = append(p.Notes, "without a certificate clients send passwords without TLS: get one, and run tpopsctl setup again")
	}
	return p, nil
}

// planConfig plans the configuration file.
func (p *Plan) planConfig() error {
	after, err := edit(p.machine.Config, p.settings())
	if err != nil {
		return fmt.Errorf("%s: %w", ConfigPath, err)
	}
	problems, err := draft.Problems(after, p.machine.Hostname)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		if !p.machine.isCredential(problem.Text) {
			return fmt.Errorf("%s would not be valid: line %d: %s", ConfigPath, problem.Line, problem.Text)
		}
	}
	p.file(ConfigPath, after, modePublic)
	return nil
}

// isCredential reports whether a problem is that a parameter needs a certificate, which
// the service gets as a credential.
func (m *Machine) isCredential(problem string) bool {
	return m.IsSystemd && strings.Contains(problem, "tls-cert")
}

// file plans to write a file, or to remove it if after is empty, unless it is so. An
// existing one keeps its mode.
func (p *Plan) file(name, after string, mode os.FileMode) {
	f := &File{Path: name, Mode: mode, After: after, Remove: after == "", IsSecret: mode == modeSecret || mode == modeUsers}
	f.real = filepath.Join(p.machine.Root, name)
	if target, err := filepath.EvalSymlinks(f.real); err == nil {
		f.real = target
	}
	verb := "write "
	if info, err := os.Stat(f.real); err == nil {
		verb, f.Exists = "change ", true
		f.Mode = info.Mode().Perm()
		if f.IsSecret {
			f.Mode &= mode
		}
	}
	f.Before, _ = p.machine.read(name)
	if f.Exists && f.Before == after || f.Remove && !f.Exists {
		return
	}
	if f.Remove {
		verb = "remove "
	}
	p.Steps = append(p.Steps, Step{About: verb + name, File: f})
}

// run plans a command.
func (p *Plan) run(about, stdin string, args ...string) {
	p.Steps = append(p.Steps, Step{About: about, args: args, stdin: stdin})
}

// call plans a function.
func (p *Plan) call(about string, do func(ctx context.Context) error) {
	p.Steps = append(p.Steps, Step{About: about, do: do})
}

// keep notes what undo does not remove.
func (p *Plan) keep(what string) { p.kept = append(p.kept, what) }
