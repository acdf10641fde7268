package handover

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
)

// request sends a request and returns the sessions in the answer.
func (p *Predecessors) request(conn *net.UnixConn, text string) ([]pop3.SessionInfo, error) {
	if err := conn.SetDeadline(time.Now().Add(p.patience)); err != nil {
		return nil, err
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		return nil, err
	}
	file, err := receiveFile(conn)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if !memfd.IsSealed(file) {
		return nil, errors.New("not a sealed file in memory") // Another one could be read for ever.
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var all []pop3.SessionInfo
	if err := json.NewDecoder(io.LimitReader(file, maxAnswer)).Decode(&all); err != nil {
		return nil, err
	}
	return all, nil
}

// receiveFile returns the file of a message.
func receiveFile(conn *net.UnixConn) (*os.File, error) {
	text, control := make([]byte, len(listRequest)), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(text, control)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(errors.New("an answer without a file"), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(errors.New("an answer without a file"), err)
	}
	return os.NewFile(uintptr(fds[0]), "answer"), nil
}
