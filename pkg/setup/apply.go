package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"tpops/pkg/files"
)

// Runner runs a command with text on its standard input. Its error has the output.
type Runner func(ctx context.Context, args []string, stdin string) error

// RunCommand is the Runner for this machine.
func RunCommand(ctx context.Context, args []string, stdin string) error {
	name := args[0]
	if _, err := exec.LookPath(name); err != nil {
		name = "/usr/sbin/" + name // which a PATH that su has kept may lack
	}
	cmd := exec.CommandContext(ctx, name, args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C at the terminal does not end it half-way.
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Apply carries the plan out, and reports each step before it begins. After an error or
// the end of ctx the rest is not done; the same choice can be planned and applied again.
func (p *Plan) Apply(ctx context.Context, run Runner, report func(text string)) error {
	for i := range p.Steps {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		s := &p.Steps[i]
		report(s.About)
		if err := p.apply(ctx, run, s); err != nil {
			return fmt.Errorf("%s: %w", s.About, err)
		}
	}
	return nil
}

// apply carries one step out.
func (p *Plan) apply(ctx context.Context, run Runner, s *Step) error {
	// A step that has begun is not interrupted.
	ctx = context.WithoutCancel(ctx)
	switch {
	case s.File != nil:
		return p.write(s.File)
	case s.do != nil:
		return s.do(ctx)
	}
	err := run(ctx, s.args, s.stdin)
	if err == nil && s.undo != "" {
		p.undo = append([]string{s.undo}, p.undo...)
	}
	return err
}

// write writes or removes a file. What there was before gets another name.
func (p *Plan) write(f *File) error {
	current, err := p.machine.read(f.Path)
	if err != nil {
		return err
	}
	if current != f.Before {
		return errors.New("another program has changed the file: run setup again")
	}
	if err := os.MkdirAll(filepath.Dir(f.real), 0o755); err != nil { // Other users may read it.
		return err
	}
	if f.Exists {
		if err := p.backUp(f); err != nil {
			return err
		}
	}
	if f.Remove {
		err = os.Remove(f.real)
	} else {
		err = files.Create(f.real, []byte(f.After), f.Mode, f.Exists)
	}
	if err != nil {
		return err
	}
	undo := "rm " + Quote(f.real)
	if f.Exists {
		undo = "mv -f " + Quote(f.backup) + " " + Quote(f.real)
	}
	p.undo = append([]string{undo}, p.undo...)
	return nil
}

// backUp gives the file that there is a second name, which keeps its owner and mode.
func (p *Plan) backUp(f *File) error {
	for n := 0; n < 100; n++ {
		f.backup = f.real + p.machine.Now.Format(".before-20060102-150405")
		if n > 0 {
			f.backup += fmt.Sprintf("-%d", n)
		}
		f.backup += "~" // logrotate, certbot and systemd ignore such files
		err := os.Link(f.real, f.backup)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return errors.New("too many backups: remove some")
}

// hasNewPort reports whether the plan, or an earlier one that was not finished, changes a
// port.
func (p *Plan) hasNewPort() bool { return p.changes(socketPath, tlsSocketPath) }

// hasNewSettings reports whether the plan, or an earlier one that was not finished,
// changes a file that the service reads only when it starts.
func (p *Plan) hasNewSettings() bool { return p.changes(ConfigPath, servicePath, passwordPath) }

// changes reports whether the plan changes one of these files, or whether one is newer
// than the running service.
func (p *Plan) changes(names ...string) bool {
	inPlan := slices.ContainsFunc(p.Steps, func(s Step) bool { return s.File != nil && slices.Contains(names, s.File.Path) })
	started := p.machine.Started
	return inPlan || !started.IsZero() && slices.ContainsFunc(names, func(name string) bool {
		info, err := os.Stat(filepath.Join(p.machine.Root, name))
		return err == nil && info.ModTime().After(started)
	})
}

// Undo returns a line for a shell that takes back what was done, and what it keeps. The
// line is empty if nothing was done.
func (p *Plan) Undo() (line string, kept []string) {
	if len(p.undo) == 0 && !p.closed {
		return "", nil
	}
	all := p.undo
	if p.machine.IsSystemd {
		all = append(slices.Clone(all), "systemctl daemon-reload")
		if p.closed {
			all = append(all, "systemctl enable --now "+tlsSocket)
		}
		all = append(all, "systemctl try-restart "+p.restarted())
	}
	return strings.Join(all, "; "), p.kept
}

// restarted returns the units that have to be restarted after a change is taken back. A
// socket whose port has changed closes it when systemd reads the units.
func (p *Plan) restarted() string {
	if p.hasNewPort() {
		return strings.Join(p.Sockets(), " ") + " tpops.service"
	}
	return "tpops.service"
}

// isSpecial reports whether a shell may treat a character in a special way.
func isSpecial(r rune) bool {
	return !strings.ContainsRune("/._+@:,=%-", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}

// Quote returns a word for a shell.
func Quote(text string) string {
	if !strings.ContainsFunc(text, isSpecial) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
