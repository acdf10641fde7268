package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/control"
	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
	"tpops/pkg/setup"
	"tpops/pkg/unit"
)

// carryOut applies the plan, starts the service, and logs in. In any case it prints how
// to undo what was done.
func (o *setupOptions) carryOut(ctx context.Context, plan *setup.Plan, c *setup.Choice, s streams) error {
	err := plan.Apply(ctx, setup.RunCommand, func(text string) { fmt.Fprintf(s.out, "Now: %s\n", visible(text, "")) })
	if err != nil && ctx.Err() != nil {
		err = &failure{code: exitTemporary, err: err}
	}
	if err == nil {
		err = o.startAndCheck(ctx, plan, c, s)
	}
	line, kept := plan.Undo()
	if line != "" {
		fmt.Fprintf(s.out, "To undo:\n    %s\n", visible(line, ""))
	}
	if line != "" && len(kept) > 0 {
		fmt.Fprintf(s.out, "This keeps: %s.\n", visible(strings.Join(kept, ", "), ""))
	}
	return err
}

// startAndCheck starts the service if the configuration is good, checks it, and logs in.
func (o *setupOptions) startAndCheck(ctx context.Context, plan *setup.Plan, c *setup.Choice, s streams) error {
	if !o.machine.IsSystemd {
		fmt.Fprintln(s.out, "Written. Start the server with: tpops")
		return nil
	}
	if err := checkConfig(ctx); err != nil {
		return err
	}
	if o.noStart {
		fmt.Fprintf(s.out, "Written. Start it with: systemctl enable --now %s\n", strings.Join(plan.Sockets(), " "))
		return nil
	}
	if err := plan.Start(ctx, setup.RunCommand); err != nil {
		return fmt.Errorf("%w\nSee: journalctl -x -u tpops -u tpops.socket -u tpops-tls.socket", err)
	}
	if err := checkService(c, s); err != nil || c.First.Login == "" {
		return err
	}
	ports := []struct{ port, tls, text string }{{c.Port, proxy.TLSNo, ""}, {c.TLSPort, proxy.TLSImplicit, " with TLS"}}
	if !plan.HasTLS() {
		ports = ports[:1]
	}
	for _, p := range ports {
		n, err := logIn(ctx, loopback(p.port), p.tls, c.First)
		if err != nil {
			return &failure{code: exitPart, err: fmt.Errorf("login of %s at port %s: %w\nSee: tpopsctl check %s", c.First.Login, p.port, err, c.First.Login)}
		}
		fmt.Fprintf(s.out, "%s has logged in at port %s%s: %d messages.\n", c.First.Login, p.port, p.text, n)
	}
	return nil
}

// serviceStarted returns when the service has started, or the zero time.
func serviceStarted(ctx context.Context) time.Time {
	text, err := unit.Systemctl(ctx, "show", "--property=ActiveEnterTimestampMonotonic", "--value", "tpops.service")
	if err != nil {
		return time.Time{}
	}
	started, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	var now unix.Timespec
	if err != nil || started == 0 || unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(started)*time.Microsecond - time.Duration(now.Nano()))
}

// checkConfig has the server check its configuration with the rights of the service.
func checkConfig(ctx context.Context) error {
	err := setup.RunCommand(ctx, []string{"tpops", "--check-config", "--config=" + setup.ConfigPath}, "")
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &failure{code: exitData, err: fmt.Errorf("%w\nThe service was not started or restarted", err)}
	}
	return err
}

// checkService prints the check of the service or the first user.
func checkService(c *setup.Choice, s streams) error {
	check := &checkOptions{controlOptions: controlOptions{socket: control.DefaultPath}}
	var operands []string
	if c.First.Login != "" {
		operands, check.password = []string{c.First.Login}, true
		s.in = strings.NewReader(c.First.Password + "\n")
	}
	return check.run(operands, s)
}

// loopback returns host:port of this machine for a port or address:port.
func loopback(port string) string {
	a, err := netip.ParseAddrPort(port)
	switch {
	case err != nil:
		return net.JoinHostPort("127.0.0.1", port)
	case a.Addr().IsUnspecified():
		return net.JoinHostPort("localhost", fmt.Sprint(a.Port()))
	}
	return a.String()
}

// logIn logs in with POP3 and returns the number of messages. The certificate may be for
// another name than the address.
func logIn(ctx context.Context, server, tls string, u setup.FirstUser) (int, error) {
	p, err := proxy.New(proxy.Options{Servers: []string{server}, TLS: tls, Insecure: true, Timeout: replyTimeout, Client: proxy.ClientNone})
	if err != nil {
		return 0, err
	}
	mailbox, err := p.Open(ctx, &pop3.Account{Name: u.Login, UID: -1, GID: -1}, &pop3.Client{Session: "setup", Password: u.Password})
	if err != nil {
		return 0, err
	}
	defer mailbox.Close()
	count := mailbox.Listing().Len()
	var none pop3.Marks
	_ = mailbox.Update(ctx, &none) // It only sends QUIT.
	return count, nil
}
