package peer

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"

	"tpops/test/bench/mail"
	"tpops/test/bench/null"
)

// NullCommand is the first argument with which the benchmark starts itself as
// the null server.
const NullCommand = "null-server"

// Null returns the server of constant answers.
func Null() Kind {
	return Kind{Column: "null", start: func(s Setup) (*Server, error) { return startNull(s) }}
}

// Floor returns the same server, which also makes the calls that a POP3 server cannot
// leave out for a poll, see null.Floor.
func Floor() Kind {
	return Kind{Column: "floor", Own: true, start: func(s Setup) (*Server, error) {
		users, err := writeUsers(s)
		if err != nil {
			return nil, err
		}
		return startNull(s, floorOption, s.Root, users)
	}}
}

// floorOption is before the root of the mailboxes and the passwd-file, the last arguments.
const floorOption = "floor"

func startNull(s Setup, floor ...string) (*Server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	message := filepath.Join(s.Dir, "message")
	if len(s.Message) == 0 {
		s.Message = mail.Message(1000)
	}
	if err := os.WriteFile(message, s.Message, 0o644); err != nil {
		return nil, err
	}
	args := []string{NullCommand, message}
	if s.Cert != nil {
		args = append(args, s.Cert.CertFile, s.Cert.KeyFile)
	}
	cmd := exec.Command(program, append(args, floor...)...)
	var both [2]netip.AddrPort
	var plain net.ListenConfig
	plain.SetMultipathTCP(false)
	for i := range both {
		l, err := plain.Listen(context.Background(), "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			return nil, err
		}
		defer file.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		both[i] = netip.MustParseAddrPort(l.Addr().String())
	}
	return run(cmd, s, ports{both[0], both[1]}, func() error { return nil })
}

// RunNull is the null server: it serves the message on the listeners that
// startNull has passed, until it is killed. args are those after NullCommand.
func RunNull(args []string) error {
	args, floor := splitFloor(args)
	if len(args) != 1 && len(args) != 3 {
		return errors.New("usage: " + NullCommand + " MESSAGE [CERTIFICATE KEY]")
	}
	message, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	cert := &Certificate{}
	if len(args) == 3 {
		cert.CertFile, cert.KeyFile = args[1], args[2]
	}
	config, err := cert.Server()
	if err != nil && len(args) == 3 {
		return err
	}
	server, err := null.New(filepath.Dir(args[0]), message, config, floor)
	if err != nil {
		return err
	}
	ended := make(chan error)
	for i := range 2 {
		l, err := net.FileListener(os.NewFile(uintptr(3+i), "listener"))
		if err != nil {
			return err
		}
		go func() { ended <- server.Serve(l, i == 1) }()
	}
	return <-ended
}

// splitFloor returns what is before floorOption, and what follows from it, nil without it.
func splitFloor(args []string) ([]string, *null.Floor) {
	n := len(args) - 3
	if n <= 0 || args[n] != floorOption {
		return args, nil
	}
	return args[:n], &null.Floor{Root: args[n+1], Users: args[n+2], Log: os.Stderr}
}
